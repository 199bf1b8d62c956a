const LONGEST_BLOCK_MS = 200
const SHORTEST_BLOCK_MS = 20
const LONGEST_ANSWER_MS = 250
const SHORTEST_ANSWER_MS = 50

/** How long the connections that hear of changes wait. */
export interface Waits {
  /** Milliseconds for which the server waits for something new before it says that there is nothing. */
  readonly blockMs: number
  /** Milliseconds that an answer may take beyond that: after them the connection is taken for lost. */
  readonly answerMs: number
}

/**
 * Shares out the time in which a silent loss has to be noticed: a quarter for waiting, half for the answer.
 *
 * @param maxStalenessMs That time.
 */
export function toWaits(maxStalenessMs: number): Waits {
  return {
    blockMs: Math.floor(between(SHORTEST_BLOCK_MS, maxStalenessMs / 4, LONGEST_BLOCK_MS)),
    answerMs: Math.floor(between(SHORTEST_ANSWER_MS, maxStalenessMs / 2, LONGEST_ANSWER_MS)),
  }
}

function between(least: number, value: number, most: number): number {
  return Math.min(Math.max(least, value), most)
}
