import type { Clock } from '@breakwater/core'
import { type Foreign, type ForeignFamily, foreignText } from '../registry/foreign.ts'
import type { Family } from '../series/family.ts'
import type { Block } from './block.ts'
import type { MaybePromise } from './collect.ts'
import type { Format } from './format.ts'
import { createPace } from './pace.ts'
import { createRenderer, type ExtraLabels, type Renderer } from './renderer.ts'

/** Where a scrape's text comes from. */
export interface ScrapeSource {
  /** Our families. Never fails. */
  families(): MaybePromise<readonly Family[]>
  /** The user's own metrics, if there is a registry of theirs. */
  readonly foreign?: Foreign | undefined
  /** Labels that each series has besides its own. */
  extraLabels(): MaybePromise<ExtraLabels>
  /** Hears of what is left out. */
  onFailure(family: string, error: unknown): void
  readonly clock: Clock
}

/** Writes everything down. */
export interface Scraper {
  /**
   * Collects, and writes. Never fails.
   *
   * @param format How.
   * @returns Pieces of some 64 kB, of whole lines in UTF-8.
   */
  bytes(format: Format): AsyncGenerator<Uint8Array, void>
  /**
   * The same as text.
   *
   * @param format How.
   */
  text(format: Format): AsyncGenerator<string, void>
}

const PIECE_BYTES = 65_536
const NOTHING = Buffer.alloc(0)

/** Creates a scraper. */
export function createScraper({ families, foreign, extraLabels, onFailure, clock }: ScrapeSource): Scraper {
  const renderers = new Map<Format, Renderer>()

  return {
    bytes,
    async *text(format) {
      for await (const piece of bytes(format)) yield piece.toString()
    },
  }

  async function* bytes(format: Format): AsyncGenerator<Buffer, void> {
    const pace = createPace(clock)
    const [ours, theirs, extra] = await Promise.all([families(), foreign?.collect(pace) ?? [], extraLabels()])
    let piece = NOTHING
    let length = 0
    for (const bytes of everything(format, ours, theirs, extra)) {
      const full = length + bytes.length > piece.length ? piece.subarray(0, length) : undefined
      if (full !== undefined) {
        piece = Buffer.allocUnsafeSlow(Math.max(PIECE_BYTES, bytes.length))
        length = 0
      }
      // Before anything else has its turn, as what is copied here may be written again then.
      bytes.copy(piece, length)
      length += bytes.length
      if (full !== undefined && full.length > 0) yield full
      if (pace.isDue()) await pace.turn()
    }
    yield piece.subarray(0, length)
  }

  function* everything(
    format: Format,
    ours: readonly Family[],
    theirs: readonly ForeignFamily[],
    extra: ExtraLabels,
  ): Generator<Buffer, void> {
    const renderer = rendererOf(format)
    renderer.keepOnly(new Set(ours.map(({ name }) => name)))
    const written = new Set<string>()
    for (const family of ours) {
      if (isTaken(family, format, written)) continue
      yield encode(format.head(family))
      yield* guarded(family.name, bytesOf(renderer.rows(family, extra)))
    }
    for (const family of theirs) {
      if (isTaken(family, format, written)) continue
      const onDropped = (lines: number): void => onFailure(family.name, new TypeError(droppedText(family.name, lines)))
      yield* guarded(family.name, encoded(foreignText(family, format, extra, onDropped)))
    }
    yield encode(format.end)
  }

  /** In OpenMetrics a counter and a gauge may come to have one name. */
  function isTaken(family: Family | ForeignFamily, format: Format, written: Set<string>): boolean {
    const name = format.familyName(family)
    if (!written.has(name)) {
      written.add(name)
      return false
    }
    onFailure(family.name, new TypeError(`Cannot show "${family.name}" as something else is "${name}", too`))
    return true
  }

  /** What fails half-way ends there: what was written of it is whole lines. */
  function* guarded(family: string, pieces: Iterable<Buffer>): Generator<Buffer, void> {
    try {
      yield* pieces
    } catch (error) {
      onFailure(family, error)
    }
  }

  function rendererOf(format: Format): Renderer {
    let renderer = renderers.get(format)
    if (renderer === undefined) {
      renderer = createRenderer(format)
      renderers.set(format, renderer)
    }
    return renderer
  }
}

function encode(text: string): Buffer {
  return Buffer.from(text)
}

function* bytesOf(blocks: Iterable<Block>): Generator<Buffer, void> {
  for (const { bytes } of blocks) yield bytes
}

function* encoded(pieces: Iterable<string>): Generator<Buffer, void> {
  for (const piece of pieces) yield encode(piece)
}

function droppedText(family: string, lines: number): string {
  return `Cannot show ${lines} ${lines === 1 ? 'line' : 'lines'} of "${family}" as Prometheus would refuse them`
}
