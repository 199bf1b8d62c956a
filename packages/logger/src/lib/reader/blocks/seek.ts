import type { FileHandle } from 'node:fs/promises'
import { timeOf } from '../lines/time.ts'
import { createTally } from '../tally.ts'
import type { AssemblerOptions } from './assembler.ts'
import { forwardBlocks } from './forward.ts'
import { plainSource } from './source.ts'

/** Two places in a file, each where a line begins or the file ends. */
export interface Place {
  /** Of the line that stands here, and of those before it, none is as late as the time that was looked for. */
  readonly before: number
  /** All that stands from here on was written at that time or later. */
  readonly after: number
}

/** It is not worth looking closer than that. */
const CLOSE_BYTES = 65_536
const PROBE_BYTES = 8_192

/**
 * Finds a time in a file that is not compressed, by halving. Times are taken to ascend: see `TOLERANCE_MS`.
 *
 * @param file An open file.
 * @param size Its bytes.
 * @param atMs Unix milliseconds.
 */
export async function seekTime(file: FileHandle, size: number, atMs: number, maxLineBytes: number): Promise<Place> {
  let before = 0
  let after = size
  let low = 0
  let high = size
  while (high - low > CLOSE_BYTES) {
    const middle = Math.floor((low + high) / 2)
    const line = await firstTimed(file, middle, high, size, maxLineBytes)
    if (line === undefined) high = middle
    else if (line.atMs < atMs) {
      before = line.offset
      low = line.offset
    } else {
      after = line.offset
      high = middle
    }
  }
  return { before, after }
}

interface Timed {
  readonly offset: number
  readonly atMs: number
}

/** The first line with a time that begins after `start` and before `end`. */
async function firstTimed(
  file: FileHandle,
  start: number,
  end: number,
  size: number,
  maxLineBytes: number,
): Promise<Timed | undefined> {
  const options: AssemblerOptions = { offset: start, blockBytes: PROBE_BYTES, maxLineBytes }
  for await (const { bytes, offset } of forwardBlocks(plainSource(file, start, size), options, createTally())) {
    // What stands at `start` itself is the end of a line, or might as well be.
    let from = offset === start ? bytes.indexOf('\n') + 1 || bytes.length : 0
    while (from < bytes.length) {
      if (offset + from >= end) return undefined
      const newline = bytes.indexOf('\n', from)
      const to = newline === -1 ? bytes.length : newline
      const atMs = timeOfLine(bytes.toString('utf8', from, to))
      if (!Number.isNaN(atMs)) return { offset: offset + from, atMs }
      from = to + 1
    }
    if (offset + from >= end) return undefined
  }
  return undefined
}

function timeOfLine(json: string): number {
  if (!json.startsWith('{')) return Number.NaN
  try {
    const fields: unknown = JSON.parse(json)
    return typeof fields === 'object' && fields !== null ? timeOf(fields as Record<string, unknown>) : Number.NaN
  } catch {
    return Number.NaN
  }
}
