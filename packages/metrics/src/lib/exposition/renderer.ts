import type { HistogramSnapshot } from '@breakwater/core'
import type { Exemplar, Family, Row } from '../series/family.ts'
import { escapeLabelValue } from '../series/label-set.ts'
import { Block } from './block.ts'
import { type Format, toText } from './format.ts'
import { exemplarText } from './openmetrics.ts'

/** Labels that each series has besides its own. Where both have a name, the series' own value stands. */
export type ExtraLabels = Readonly<Record<string, string>>

/** Writes families down, and keeps what it wrote: most series have not moved since the last scrape. */
export interface Renderer {
  /**
   * Writes the series of a family, without its head.
   *
   * @param family What to write. Its rows must not change once they are given.
   * @param extra Further labels.
   * @returns Blocks of some ten kilobytes, each of whole series, written as they are asked for. Another scrape writes
   *   them again: take what is in one before anything else has its turn.
   */
  rows(family: Family, extra?: ExtraLabels): Iterable<Block>
  /**
   * Forgets families that are no more.
   *
   * @param names Of those that are.
   */
  keepOnly(names: ReadonlySet<string>): void
}

/** Lines that are written at a time: some 50 microseconds. */
const BLOCK_LINES = 128
const NONE: ExtraLabels = {}

/**
 * Creates a renderer. It may write several scrapes at once.
 *
 * @param format How to write.
 */
export function createRenderer(format: Format): Renderer {
  const kept = new Map<string, { readonly extraText: string; readonly blocks: Block[] }>()

  return {
    *rows(family, extra = NONE) {
      const extraText = JSON.stringify(extra)
      let known = kept.get(family.name)
      if (known?.extraText !== extraText) {
        known = { extraText, blocks: [] }
        kept.set(family.name, known)
      }
      const { blocks } = known
      const write = createWriter(format, family, extra)
      let index = 0
      function next(): Block {
        blocks[index] ??= new Block()
        return blocks[index++] as Block
      }
      if (family.columns === undefined) {
        for (const rows of inBlocks(family.rows())) {
          const block = next()
          block.write(rows, format.exemplars, write)
          yield block
        }
      } else {
        const { columns } = family
        for (let from = 0; from < columns.length; from += BLOCK_LINES) {
          const block = next()
          block.writeColumns(columns, from, Math.min(columns.length, from + BLOCK_LINES), write)
          yield block
        }
      }
      blocks.length = index
    },
    keepOnly(names) {
      for (const name of kept.keys()) if (!names.has(name)) kept.delete(name)
    },
  }
}

/** So many rows at a time that they have some lines, always in the same array. */
function* inBlocks(all: Iterable<Row>): Generator<readonly Row[]> {
  const rows: Row[] = []
  let lines = 0
  for (const row of all) {
    rows.push(row)
    lines += typeof row.value === 'number' ? 1 : row.value.bounds.length + 3
    if (lines < BLOCK_LINES) continue
    yield rows
    rows.length = 0
    lines = 0
  }
  if (rows.length > 0) yield rows
}

/** What writes rows of one family, with all that they share put together once. */
function createWriter(format: Format, family: Family, extra: ExtraLabels): (rows: readonly Row[]) => string {
  const { name } = family
  const sample = format.sampleName(family)
  const sampleOpen = `${sample}{`
  const [bucketOpen, sumOpen, countOpen] = [`${name}_bucket{`, `${name}_sum`, `${name}_count`]
  const extras = Object.entries(extra).map(([label, value]) => ({
    label,
    text: `${label}="${escapeLabelValue(value)}"`,
  }))
  let bounds: readonly number[] | undefined
  let les: readonly string[] = []

  return (rows) => {
    const texts: string[] = []
    for (const { labels, value, exemplars } of rows) {
      const inner = extras.length === 0 ? labels.text : withExtras(labels)
      if (typeof value !== 'number') texts.push(histogram(inner, value, exemplars))
      else {
        const open = inner === '' ? `${sample} ` : `${sampleOpen}${inner}} `
        texts.push(`${open}${toText(value)}${exemplarAfter(exemplars?.[0])}\n`)
      }
    }
    // Text put together by `+` stays a tree of pieces, ten times as large, which the garbage collector would move about.
    return texts.join('')
  }

  function withExtras({ labels, text }: Row['labels']): string {
    const missing = extras.filter(({ label }) => !Object.hasOwn(labels, label)).map((one) => one.text)
    return text === '' ? missing.join(',') : [text, ...missing].join(',')
  }

  function histogram(inner: string, snapshot: HistogramSnapshot, exemplars: Row['exemplars']): string {
    if (snapshot.bounds !== bounds) {
      bounds = snapshot.bounds
      les = [...bounds, Infinity].map((bound) => `le="${format.bound(bound)}"} `)
    }
    const { counts, count, sum } = snapshot
    const open = inner === '' ? bucketOpen : `${bucketOpen}${inner},`
    const braces = inner === '' ? ' ' : `{${inner}} `
    let text = ''
    for (let index = 0; index < les.length; index++)
      text += `${open}${les[index]}${index < counts.length ? counts[index] : count}${exemplarAfter(exemplars?.[index])}\n`
    return `${text}${sumOpen}${braces}${toText(sum)}\n${countOpen}${braces}${count}\n`
  }

  function exemplarAfter(exemplar: Exemplar | undefined): string {
    return exemplar === undefined || !format.exemplars ? '' : exemplarText(exemplar)
  }
}
