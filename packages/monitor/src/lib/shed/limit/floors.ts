/** So many routes are told apart, and all others are one. Our choice: few servers have more. */
const MOST_ROUTES = 1_000
/** A request counts with so many usual times at most: one that hangs says nothing of the others. */
const MOST_TIMES = 10
/** What is known weighs as much as so many requests. Our choice. */
const KNOWN_REQUESTS = 50
/** Fewer requests of a route say less than all others together. */
const LEAST_REQUESTS = 5

interface Average {
  totalMs: number
  requests: number
}

/**
 * How long a request takes without a queue, by its route: so that a change of what is asked for does not look like a queue.
 *
 * What is learned counts once it is settled, all at once.
 */
export class Floors {
  /** Average of all requests. `NaN` while nothing is known. */
  meanMs: number = Number.NaN
  /** How many were under way when it was measured: if there was a queue then, it is too high. */
  under: number = Infinity
  /** Milliseconds when it was. */
  atMs: number = -Infinity
  readonly #routes = new Map<string | undefined, number>()
  readonly #fresh = new Map<string | undefined, Average>()

  /**
   * How long a request of this route takes.
   *
   * @param route The route, `undefined` if there is none. One that nobody knows yet is taken to be like all others.
   * @returns Milliseconds, `undefined` if nothing is known.
   */
  of(route: string | undefined): number | undefined {
    return this.#routes.get(route) ?? (Number.isNaN(this.meanMs) ? undefined : this.meanMs)
  }

  /**
   * Takes a request that had no queue.
   *
   * @param route Its route.
   * @param tookMs How long it took.
   */
  learn(route: string | undefined, tookMs: number): void {
    const usualMs = this.#routes.get(route)
    const clippedMs = usualMs === undefined ? tookMs : clip(tookMs, usualMs)
    const known = usualMs !== undefined || this.#routes.size + this.#fresh.size < MOST_ROUTES ? route : undefined
    const fresh = this.#fresh.get(known)
    if (fresh === undefined) this.#fresh.set(known, { totalMs: clippedMs, requests: 1 })
    else {
      fresh.totalMs += clippedMs
      fresh.requests++
    }
  }

  /** Forgets what was learned since it was settled. */
  discard(): void {
    this.#fresh.clear()
  }

  /**
   * What was learned holds.
   *
   * @param factor How many times as long all takes now, if that is news: then what was known before counts no longer.
   * @param leastShare How much it counts beside what was known, at least.
   */
  settle(factor: number | undefined, leastShare = 0): void {
    if (factor !== undefined) this.scale(factor)
    let totalMs = 0
    let requests = 0
    for (const [route, fresh] of this.#fresh) {
      totalMs += fresh.totalMs
      requests += fresh.requests
      const share =
        factor !== undefined && fresh.requests >= LEAST_REQUESTS ? 1 : Math.max(shareOf(fresh.requests), leastShare)
      this.#routes.set(route, mix(this.#routes.get(route), fresh.totalMs / fresh.requests, share))
    }
    if (requests > 0)
      this.meanMs = mix(
        this.meanMs,
        totalMs / requests,
        factor === undefined ? Math.max(shareOf(requests), leastShare) : 1,
      )
    this.#fresh.clear()
  }

  /**
   * It was measured.
   *
   * @param under How many were under way.
   * @param nowMs The time.
   */
  stamp(under: number, nowMs: number): void {
    this.under = under
    this.atMs = nowMs
  }

  /**
   * All of it changed.
   *
   * @param factor How many times as long all takes now.
   */
  scale(factor: number): void {
    this.meanMs *= factor
    for (const [route, ms] of this.#routes) this.#routes.set(route, ms * factor)
  }
}

/**
 * Bounds what one request can say.
 *
 * @param tookMs How long it took.
 * @param usualMs How long one usually takes.
 */
export function clip(tookMs: number, usualMs: number): number {
  return usualMs > 0 ? Math.min(tookMs, MOST_TIMES * usualMs) : tookMs
}

function shareOf(requests: number): number {
  return requests / (requests + KNOWN_REQUESTS)
}

function mix(known: number | undefined, fresh: number, share: number): number {
  return known === undefined || Number.isNaN(known) ? fresh : known + share * (fresh - known)
}
