import type { Tally } from '../tally.ts'

/** Whole lines, one after the other. The last one may lack its newline where the file ends. */
export interface Block {
  /** Valid until the next block is asked for. */
  readonly bytes: Buffer
  /** Where it begins in the file, uncompressed. */
  readonly offset: number
}

/** Makes blocks of bytes that come in any pieces. */
export interface Assembler {
  /** Where the next bytes are to be put. */
  space(): Buffer
  /**
   * Takes what was put there.
   *
   * @param count Bytes.
   * @returns The lines that are whole now.
   */
  take(count: number): Block | undefined
  /** The line at the end that has no newline. */
  rest(): Block | undefined
}

/** How blocks are made. */
export interface AssemblerOptions {
  /** Where in the file the first byte stands. */
  readonly offset: number
  readonly blockBytes: number
  readonly maxLineBytes: number
}

const NEWLINE = 0x0a

/** Lines that are too long are dropped as they come, so that no more than the longest allowed one is held. */
export function createAssembler({ offset, blockBytes, maxLineBytes }: AssemblerOptions, tally: Tally): Assembler {
  /** Made when it is first needed. */
  let buffer = Buffer.alloc(0)
  /** Bytes of a line that is not whole yet, and where in the buffer and in the file they begin. */
  let held = 0
  let start = 0
  let startsAt = offset
  let isTooLong = false

  function keep(from: number, filled: number): void {
    startsAt += from
    start = from
    held = filled - from
    if (held <= maxLineBytes) return
    tally.scanned++
    tally.skipped++
    isTooLong = true
    startsAt += held
    held = 0
  }

  return {
    space() {
      buffer.copyWithin(0, start, start + held)
      start = 0
      if (buffer.length < held + blockBytes / 2) {
        const larger = Buffer.allocUnsafeSlow(held + blockBytes)
        buffer.copy(larger, 0, 0, held)
        buffer = larger
      }
      return buffer.subarray(held, held + blockBytes)
    },
    take(count) {
      const filled = held + count
      let from = 0
      if (isTooLong) {
        from = buffer.subarray(0, filled).indexOf(NEWLINE) + 1
        if (from === 0) {
          startsAt += filled
          return undefined
        }
        isTooLong = false
      }
      const end = buffer.subarray(0, filled).lastIndexOf(NEWLINE) + 1
      const block = end > from ? { bytes: buffer.subarray(from, end), offset: startsAt + from } : undefined
      keep(Math.max(from, end), filled)
      return block
    },
    rest() {
      return held > 0 ? { bytes: buffer.subarray(start, start + held), offset: startsAt } : undefined
    },
  }
}
