import type { Clock } from '@breakwater/core'
import type { Collector, Family, Row } from '../series/family.ts'
import { metricName } from '../series/names.ts'
import { CollectTimeoutError } from './errors.ts'

/** What a function gives at once if it can. */
export type MaybePromise<value> = value | Promise<value>

/** Options of {@link createCollection}. */
export interface CollectionOptions {
  /** What to ask; looked up at each scrape. */
  readonly collectors: () => Iterable<Collector>
  /** Milliseconds that a collector may take, over 0. What it gives later is not waited for. */
  readonly timeoutMs: number
  /** Hears of a collector that failed, and of families that cannot be shown. */
  readonly onFailure: (collector: string, error: unknown) => void
  readonly clock: Clock
}

/** The families of many collectors. */
export interface Collection {
  /**
   * Asks all collectors. Who asks while an answer is under way, or on the same turn, shares it. Never fails: a
   * collector that does costs its own families.
   *
   * @returns At once if all collectors answer at once. Names are valid and different.
   */
  collect(): MaybePromise<readonly Family[]>
}

/** Creates a collection. */
export function createCollection({ collectors, timeoutMs, onFailure, clock }: CollectionOptions): Collection {
  let shared: MaybePromise<readonly Family[]> | undefined
  /** Answers that came too late for their scrape and are still waited for: their collector is not asked again. */
  const late = new Map<Collector, Promise<readonly Family[]>>()

  return {
    collect() {
      if (shared !== undefined) return shared
      const asked = [...collectors()]
      const answers = asked.map(ask)
      if (answers.every((answer) => !isPromise(answer))) {
        shared = merge(asked, answers as (readonly Family[])[], onFailure)
        queueMicrotask(forget)
      } else {
        shared = Promise.all(answers).then((all) => {
          forget()
          return merge(asked, all, onFailure)
        })
      }
      return shared
    },
  }

  function forget(): void {
    shared = undefined
  }

  function ask(collector: Collector): MaybePromise<readonly Family[]> {
    try {
      const answer = late.get(collector) ?? collector.collect()
      if (Array.isArray(answer)) return answer as readonly Family[]
      return inTime(collector, Promise.resolve(answer))
    } catch (error) {
      onFailure(collector.name, error)
      return []
    }
  }

  function inTime(collector: Collector, answer: Promise<readonly Family[]>): Promise<readonly Family[]> {
    return new Promise((resolve) => {
      let isLate = false
      const stop = clock.after(timeoutMs, () => {
        isLate = true
        late.set(collector, answer)
        onFailure(collector.name, new CollectTimeoutError(collector.name, timeoutMs))
        resolve([])
      })
      answer.then(
        (families) => settle(() => families),
        (error) => settle(() => void onFailure(collector.name, error) as undefined),
      )

      function settle(give: () => readonly Family[] | undefined): void {
        late.delete(collector)
        stop()
        if (!isLate) resolve(give() ?? [])
      }
    })
  }
}

/**
 * One family of each name. What comes first says what it means.
 *
 * @param asked The collectors.
 * @param answers What each gave.
 * @param onFailure Hears of what cannot be merged.
 */
function merge(
  asked: readonly Collector[],
  answers: readonly (readonly Family[])[],
  onFailure: CollectionOptions['onFailure'],
): readonly Family[] {
  const byName = new Map<string, Family>()
  answers.forEach((families, index) => {
    const { name: collector } = asked[index] as Collector
    for (const family of families) {
      try {
        add(byName, family)
      } catch (error) {
        onFailure(collector, error)
      }
    }
  })
  return [...byName.values()]
}

function add(byName: Map<string, Family>, family: Family): void {
  const first = byName.get(metricName('name', family.name))
  if (first === undefined) byName.set(family.name, family)
  else if (first.type === family.type) byName.set(family.name, join(first, family))
  else throw new TypeError(`Cannot show "${family.name}" as a ${family.type} as it is a ${first.type} elsewhere`)
}

/** Both families' series. Of those with the same labels the first one. */
function join(first: Family, second: Family): Family {
  const { name, help, type } = first
  return {
    name,
    help,
    type,
    *rows(): Iterable<Row> {
      const seen = new Set<string>()
      for (const family of [first, second])
        for (const row of family.rows()) {
          if (seen.has(row.labels.text)) continue
          seen.add(row.labels.text)
          yield row
        }
    },
  }
}

/** Whether something must be waited for. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function'
}
