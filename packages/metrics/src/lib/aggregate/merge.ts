import type { HistogramSnapshot } from '@breakwater/core'
import type { ForeignFamily } from '../registry/foreign.ts'
import { readLabels } from '../registry/probe.ts'
import type { Family, Row } from '../series/family.ts'
import type { LabelSet } from '../series/label-set.ts'
import { type GaugeRule, ruleOf } from './gauge-rule.ts'
import type { Part, PartFamily } from './part.ts'

/** Many processes' numbers as one. */
export interface Merge {
  /**
   * Adds those of a process.
   *
   * @param part What it has.
   * @param isPast Only what never falls: a process that is gone has no state any more, but what it counted was.
   */
  add(part: Part, isPast?: boolean): void
  /** All in all, in the form in which it was added. */
  part(): Part
  /** Ours. */
  families(): readonly Family[]
  /** Those of the users' registries. */
  foreign(): readonly ForeignFamily[]
}

type Value = number | HistogramSnapshot

interface Merged {
  readonly head: Omit<PartFamily, 'rows'>
  readonly combine: (a: Value, b: Value) => Value
  /** Line name and labels, of which each has but one. */
  readonly rows: Map<string, { readonly sample: string; readonly labels: string; value: Value; of: number }>
}

/**
 * Creates an empty merge.
 *
 * @param rules Rules for gauges that {@link ruleOf} has wrong, by name.
 */
export function createMerge(rules: Readonly<Record<string, GaugeRule>> = {}): Merge {
  const merged = new Map<string, Merged>()

  return {
    add(part, isPast = false) {
      for (const family of part) {
        if (isPast && !isTotal(family)) continue
        const into = intoOf(family)
        if (into === undefined) continue
        for (const [sample, labels, value] of family.rows) {
          const key = `${sample}{${labels}`
          const row = into.rows.get(key)
          if (row === undefined) into.rows.set(key, { sample, labels, value, of: 1 })
          else {
            row.value = into.combine(row.value, value)
            row.of++
          }
        }
      }
    },
    part: () => [...merged.values()].map(({ head, rows }) => ({ ...head, rows: [...rows.values()].map(toRow) })),
    families: () => [...merged.values()].filter(({ head }) => head.aggregator === undefined).map(toFamily),
    foreign: () => [...merged.values()].filter(({ head }) => head.aggregator !== undefined).map(toForeign),
  }

  /** Where it belongs; nowhere if it is something else in another process, as while versions change. */
  function intoOf({ name, help, type, aggregator }: PartFamily): Merged | undefined {
    if (aggregator === 'omit') return undefined
    const known = merged.get(name)
    if (known !== undefined) return known.head.type === type && known.head.aggregator === aggregator ? known : undefined
    const rule = aggregator ?? (type === 'gauge' ? (Object.hasOwn(rules, name) ? rules[name] : ruleOf(name)) : 'sum')
    const fresh: Merged = { head: { name, help, type, aggregator }, combine: combineBy(rule ?? 'sum'), rows: new Map() }
    merged.set(name, fresh)
    return fresh
  }
}

function isTotal({ type, aggregator = 'sum' }: PartFamily): boolean {
  return (type === 'counter' || type === 'histogram') && aggregator === 'sum'
}

function combineBy(rule: string): Merged['combine'] {
  switch (rule) {
    case 'max':
      return (a, b) => Math.max(Number(a), Number(b))
    case 'min':
      return (a, b) => Math.min(Number(a), Number(b))
    case 'first':
      return (a) => a
    default:
      return (a, b) => (typeof a === 'number' || typeof b === 'number' ? Number(a) + Number(b) : add(a, b))
  }
}

/** Bucket by bucket. Where two have different bounds, those that both have are all that is known. */
function add(a: HistogramSnapshot, b: HistogramSnapshot): HistogramSnapshot {
  const both = { count: a.count + b.count, sum: a.sum + b.sum }
  if (a.bounds.length === b.bounds.length && a.bounds.every((bound, index) => bound === b.bounds[index]))
    return { bounds: a.bounds, counts: a.counts.map((count, index) => count + (b.counts[index] as number)), ...both }
  const other = new Map(b.bounds.map((bound, index) => [bound, b.counts[index] as number]))
  const known = a.bounds.flatMap((bound, index) => {
    const count = other.get(bound)
    return count === undefined ? [] : [{ bound, count: count + (a.counts[index] as number) }]
  })
  return { bounds: known.map(({ bound }) => bound), counts: known.map(({ count }) => count), ...both }
}

type MergedRow = Merged['rows'] extends Map<string, infer row> ? row : never

function toRow({ sample, labels, value }: MergedRow): readonly [string, string, Value] {
  return [sample, labels, value]
}

function toFamily({ head, rows }: Merged): Family {
  return {
    name: head.name,
    help: head.help,
    type: head.type as Family['type'],
    *rows(): Iterable<Row> {
      for (const { labels, value } of rows.values()) yield { labels: new WrittenLabels(labels), value }
    },
  }
}

function toForeign({ head, rows }: Merged): ForeignFamily {
  const { name, help, type, aggregator = 'sum' } = head
  const values = [...rows.values()].map(({ sample, labels, value, of }) => ({
    metricName: sample,
    labels: readLabels(labels),
    value: aggregator === 'average' ? Number(value) / of : value,
  }))
  return { name, help, type, aggregator, values }
}

/** Labels that another process wrote down. They are read only where somebody asks for one. */
class WrittenLabels implements LabelSet {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  get labels(): Readonly<Record<string, string>> {
    return readLabels(this.text)
  }
}
