import type { Measurement } from '@breakwater/core'
import type { SeriesCap } from './series/cap.ts'

/** More collectors than that are counted together. */
const MOST_COLLECTORS = 1_000
const OTHERS = '(other)'

/** Counts what metrics do themselves. */
export interface OwnCounts {
  /** Something could not be collected. */
  failed(collector: string): void
  /** What a scrape sees. */
  measure(): readonly Measurement[]
}

/** What there is to count for, so that it is 0 before it is 1: a rate cannot see the first one otherwise. */
export interface Countable {
  /** The caps of all families. */
  readonly caps: ReadonlyMap<string, SeriesCap>
  /** Families that have a cap whenever something comes from outside, by their names. */
  readonly families: () => Iterable<string>
  /** Names of all collectors. */
  readonly collectors: () => Iterable<string>
}

/** Creates counts. */
export function createOwnCounts({ caps, families, collectors }: Countable): OwnCounts {
  const failures = new Map<string, number>()
  return {
    failed(collector) {
      const known = failures.has(collector) || failures.size < MOST_COLLECTORS ? collector : OTHERS
      failures.set(known, (failures.get(known) ?? 0) + 1)
    },
    measure: () => [
      ...[...new Map([...zeros(collectors()), ...failures])].map(([collector, value]) =>
        counter('metrics_collect_failures_total', 'What could not be collected for a scrape.', value, { collector }),
      ),
      ...[...new Map([...zeros(families()), ...droppedOf(caps)])].map(([family, value]) =>
        counter('metrics_series_dropped_total', 'Values that had no series of their own any more.', value, { family }),
      ),
    ],
  }
}

function* zeros(names: Iterable<string>): Generator<readonly [string, number]> {
  for (const name of names) yield [name, 0]
}

function* droppedOf(caps: ReadonlyMap<string, SeriesCap>): Generator<readonly [string, number]> {
  for (const { family, dropped } of caps.values()) if (dropped > 0) yield [family, dropped]
}

function counter(name: string, help: string, value: number, labels: Readonly<Record<string, string>>): Measurement {
  return { name, help, kind: 'counter', value, labels }
}
