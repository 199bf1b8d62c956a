/** Where everybody here writes to. */
export interface Sink {
  /** Takes a line. */
  write(line: string): void
  /** How many it took. */
  lines(): number
  /** The last one. */
  last(): string
}

/**
 * Counts bytes and throws them away. To count them, a line that was put together from pieces is made one, as by whoever writes it
 * to a file: else that part of its cost would not be seen.
 */
export function createSink(): Sink {
  let lines = 0
  let bytes = 0
  let last = ''
  return {
    write(line) {
      lines = (lines + 1) | 0
      bytes = (bytes + Buffer.byteLength(line)) | 0
      last = line
    },
    lines: () => (bytes === 0 ? 0 : lines),
    last: () => last,
  }
}
