import type { HistogramSnapshot } from '@breakwater/core'
import { createPace } from '../exposition/pace.ts'
import type { ExtraLabels } from '../exposition/renderer.ts'
import type { ScrapeSource } from '../exposition/scrape.ts'
import { TEXT } from '../exposition/text.ts'
import { toSamples } from '../registry/foreign.ts'
import type { Family } from '../series/family.ts'
import { escapeLabelValue } from '../series/label-set.ts'

/** A family as one process sends it to another: what can be cloned, and little of it. */
export interface PartFamily {
  readonly name: string
  readonly help: string
  /** Ours are counters, gauges and histograms; those of others can also be `summary` and `untyped`. */
  readonly type: string
  /** In prom-client's words, of a family of the user's own registry; ours go by their type and name. */
  readonly aggregator?: string | undefined
  /** By the labels as they are written. */
  readonly rows: readonly PartRow[]
}

/** One series: the name of its line if that is not the family's, its labels as they are written, and its value. */
export type PartRow = readonly [sample: string, labels: string, value: number | HistogramSnapshot]

/** All that one process has. */
export type Part = readonly PartFamily[]

/** Rows that go in one message, some 200 kB. */
const MESSAGE_ROWS = 2_000

/**
 * Reads a process's families in portions, letting the event loop go on between two.
 *
 * @param source What it has.
 */
export async function* toPortions(source: ScrapeSource): AsyncGenerator<Part, void> {
  const pace = createPace(source.clock)
  const [ours, theirs, extra] = await Promise.all([
    source.families(),
    source.foreign?.collect(pace) ?? [],
    source.extraLabels(),
  ])
  let portion: PartFamily[] = []
  let size = 0
  for (const one of pieces()) {
    portion.push(one)
    size += one.rows.length
    if (size >= MESSAGE_ROWS) {
      yield portion
      portion = []
      size = 0
    }
    if (pace.isDue()) await pace.turn()
  }
  yield portion

  function* pieces(): Generator<PartFamily, void> {
    for (const { name, help, type, rows } of ours) yield* cut({ name, help, type }, toRows({ rows }, extra))
    for (const family of theirs) {
      const { name, help, type, aggregator } = family
      const samples = toSamples(family, TEXT, extra, () => {})
      yield* cut({ name, help, type, aggregator }, map(samples))
    }
  }
}

function* map(samples: ReturnType<typeof toSamples>): Generator<PartRow, void> {
  for (const { name, labels, value } of samples) yield [name, labels, value]
}

/** A hundred rows at a time, so that the pace can be kept. */
const CUT_ROWS = 100

function* cut(head: Omit<PartFamily, 'rows'>, all: Iterable<PartRow>): Generator<PartFamily, void> {
  let rows: PartRow[] = []
  for (const row of all) {
    rows.push(row)
    if (rows.length < CUT_ROWS) continue
    yield { ...head, rows }
    rows = []
  }
  yield { ...head, rows }
}

function* toRows({ rows }: Pick<Family, 'rows'>, extra: ExtraLabels): Generator<PartRow, void> {
  const extras = Object.entries(extra).map(([name, value]) => ({ name, text: `${name}="${escapeLabelValue(value)}"` }))
  for (const { labels, value } of rows()) {
    const missing = extras.filter(({ name }) => !Object.hasOwn(labels.labels, name)).map(({ text }) => text)
    yield ['', [labels.text, ...missing].filter((text) => text !== '').join(','), value]
  }
}
