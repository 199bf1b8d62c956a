import type { ReadSummary } from './tally.ts'

/** What is read piece by piece. It can be iterated once. */
export interface LogStream<item> extends AsyncIterable<item> {
  /** What reading came to so far. */
  readonly summary: ReadSummary
}

/** Joins a generator with what it counts. */
export function toStream<item>(items: AsyncGenerator<item, void, undefined>, summary: ReadSummary): LogStream<item> {
  return { summary, [Symbol.asyncIterator]: () => items }
}
