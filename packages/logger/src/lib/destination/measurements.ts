import type { Measurement } from '@breakwater/core'

/** How a destination does. */
export interface DestinationNumbers {
  readonly writtenBytes: number
  readonly divertedBytes: number
  readonly droppedLines: number
  readonly pendingBytes: number
  readonly isFailed: boolean
  readonly rotations: number
}

/** What a scrape sees. */
export function measureDestination(numbers: DestinationNumbers): readonly Measurement[] {
  return [
    counter('log_destination_written_bytes_total', 'Bytes written where they belong.', numbers.writtenBytes),
    counter('log_destination_diverted_bytes_total', 'Bytes written to stderr instead.', numbers.divertedBytes),
    counter('log_destination_dropped_lines_total', 'Lines that nobody took.', numbers.droppedLines),
    counter('log_destination_rotations_total', 'Files that were full or whose time was over.', numbers.rotations),
    gauge('log_destination_pending_bytes', 'Bytes that wait to be written.', numbers.pendingBytes),
    gauge('log_destination_fallback', 'Whether lines go to stderr: 1 if they do, else 0.', numbers.isFailed ? 1 : 0),
  ]
}

function counter(name: string, help: string, value: number): Measurement {
  return { name, help, kind: 'counter', value }
}

function gauge(name: string, help: string, value: number): Measurement {
  return { name, help, kind: 'gauge', value }
}
