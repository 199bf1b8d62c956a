import type { FileHandle } from 'node:fs/promises'
import type { Tally } from '../tally.ts'
import type { Block } from './assembler.ts'

/** What is read from back to front. */
export interface BackwardRange {
  /** Where the first line begins. */
  readonly start: number
  /** Where the last line ends, or another begins. */
  readonly end: number
  readonly blockBytes: number
  readonly maxLineBytes: number
}

const NEWLINE = 0x0a

/**
 * The lines of a file in blocks, the last block first. Lines within a block stand as in the file.
 *
 * @param file An open file that is not compressed.
 */
export async function* backwardBlocks(
  file: FileHandle,
  { start, end, blockBytes, maxLineBytes }: BackwardRange,
  tally: Tally,
): AsyncGenerator<Block, void, undefined> {
  let buffer = Buffer.allocUnsafeSlow(2 * blockBytes)
  let position = end
  /** Bytes at the front of the buffer: the end of a line that begins before `position`. */
  let carry = 0
  let isTooLong = false
  while (position > start) {
    const count = Math.min(blockBytes, position - start)
    if (buffer.length < count + carry) buffer = Buffer.concat([buffer.subarray(0, carry)], 2 * (count + carry))
    buffer.copyWithin(count, 0, carry)
    position -= count
    if (!(await fill(file, buffer.subarray(0, count), position))) return
    let filled = count + carry
    if (isTooLong) {
      filled = buffer.subarray(0, count).lastIndexOf(NEWLINE) + 1
      isTooLong = filled === 0
      if (isTooLong) continue
    }
    // The newline at the very end is that of the last line itself.
    const first = position === start ? 0 : buffer.subarray(0, filled - 1).indexOf(NEWLINE) + 1
    if (first > 0 || position === start) yield { bytes: buffer.subarray(first, filled), offset: position + first }
    carry = first > 0 ? first : filled
    if (carry <= maxLineBytes + 1 || position === start) continue
    tally.scanned++
    tally.skipped++
    isTooLong = true
    carry = 0
  }
}

/** @returns Whether it is still there: a file may be cut short by somebody. */
async function fill(file: FileHandle, into: Buffer, position: number): Promise<boolean> {
  for (let length = 0; length < into.length; ) {
    const { bytesRead } = await file.read(into, length, into.length - length, position + length)
    if (bytesRead === 0) return false
    length += bytesRead
  }
  return true
}
