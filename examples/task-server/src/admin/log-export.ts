import { Readable } from 'node:stream'

/** Over all that a log of four files of 10 MB can have. */
export const MAX_EXPORT_BYTES = 134_217_728

const NEWLINE = 10

/**
 * Makes a stream of lines, which asks for more as fast as it is read, and lets go of all files when it is closed.
 *
 * @param chunks Whole lines, in pieces of any size.
 * @param maxBytes How much of it. A last line says so if there is more.
 */
export function toExport(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Readable {
  return Readable.from(cut(chunks, maxBytes), { objectMode: false })
}

async function* cut(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  let left = maxBytes
  for await (const chunk of chunks) {
    if (chunk.length > left) {
      const whole = left === 0 ? 0 : chunk.lastIndexOf(NEWLINE, left - 1) + 1
      if (whole > 0) yield chunk.subarray(0, whole)
      return yield Buffer.from(`${JSON.stringify({ event: 'export:cut', maxBytes })}\n`)
    }
    left -= chunk.length
    yield chunk
  }
}
