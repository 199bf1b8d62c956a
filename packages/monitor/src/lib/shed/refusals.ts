import type { HttpReply } from '@breakwater/core'

/** Clients are spread over so many seconds for each time that what is wanted fits into what can be done. */
const SECONDS_PER_DEMAND = 2
/** And over so many at least: at first nobody knows how much is wanted. Our choice. */
const LEAST_SECONDS = 3

/** Replies that say when to come again. Each is made once, as a refusal must cost next to nothing. */
export class Refusals {
  readonly #replies: readonly HttpReply[]
  #next = 0

  /** @param maxSeconds The longest time that a client is told to stay away. */
  constructor(maxSeconds: number) {
    this.#replies = Array.from({ length: maxSeconds }, (_, index) => toReply(index + 1))
  }

  /**
   * A reply. Its time goes round from one second to as many as are needed, so that clients spread evenly.
   *
   * @param demandRatio How much of what can be done is wanted.
   */
  next(demandRatio: number): HttpReply {
    const seconds = Math.min(Math.max(Math.ceil(SECONDS_PER_DEMAND * demandRatio), LEAST_SECONDS), this.#replies.length)
    this.#next = (this.#next + 1) % seconds
    return this.#replies[this.#next] as HttpReply
  }
}

function toReply(seconds: number): HttpReply {
  return Object.freeze({
    status: 503,
    headers: Object.freeze({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'retry-after': String(seconds),
    }),
    body: JSON.stringify({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'There is too much to do: try again later',
    }),
  })
}
