/** Square of a relative standard error of 1 %: no latencies are so alike that they say more. */
const LEAST_SPREAD = 1e-4
/** Share of the latest cohort in what is known of the spread: our choice. */
const NEW_SPREAD = 0.2
/** A nanosecond, as a logarithm needs a number over 0. */
const LEAST_MS = 1e-6

/**
 * Calls that are measured together: so many that start one after the other, and wait for each other's ends. What merely ended in
 * a stretch of time would have too many quick calls in it just after a change.
 *
 * Latencies are averaged as square roots, so that one slow call does not outweigh a hundred others.
 */
export class Cohort {
  /** When the first call may start; when it did. */
  opensMs = 0
  /** When the latest call started. */
  lastMs = 0
  /** How many calls have started. */
  started = 0
  /** How many ended with a latency. */
  measured = 0
  /** The longest latency. */
  longestMs = 0
  #size = 0
  #ended = 0
  #sum = 0
  #sumOfSquares = 0
  /** Variance of one call, relative, of this cohort and those before it. */
  #spread: number | undefined = undefined

  /**
   * Starts anew.
   *
   * @param opensMs When the first call may start.
   * @param size How many calls are wanted.
   */
  open(opensMs: number, size: number): void {
    this.opensMs = this.lastMs = opensMs
    this.#size = size
    this.started = this.measured = this.longestMs = this.#ended = this.#sum = this.#sumOfSquares = 0
  }

  /** Whether all calls have started. */
  get isFull(): boolean {
    return this.started >= this.#size
  }

  /** Whether all calls have started and ended. */
  get isComplete(): boolean {
    return this.isFull && this.missing === 0
  }

  /** Calls that have not ended. */
  get missing(): number {
    return this.started - this.#ended
  }

  /** Logarithm of the average latency in milliseconds. */
  get mean(): number {
    return 2 * Math.log(Math.max(this.#sum / this.measured, Math.sqrt(LEAST_MS)))
  }

  /** How uncertain that is: its variance. Known after {@link conclude}. */
  get noise(): number {
    return (this.#spread ?? LEAST_SPREAD) / this.measured
  }

  /**
   * How many calls are needed.
   *
   * @param noise For which uncertainty.
   * @returns `undefined` if nothing is known.
   */
  sizeFor(noise: number): number | undefined {
    return this.#spread && Math.ceil(this.#spread / noise)
  }

  /**
   * A call starts.
   *
   * @param nowMs When.
   */
  start(nowMs: number): void {
    if (this.started === 0) this.opensMs = nowMs
    this.lastMs = nowMs
    this.started++
  }

  /** No more calls are to start. */
  fill(): void {
    this.#size = this.started
  }

  /** A call ended, and says nothing about latency. */
  skip(): void {
    this.#ended++
  }

  /**
   * A call ended.
   *
   * @param latencyMs How long it took.
   */
  measure(latencyMs: number): void {
    this.#ended++
    if (latencyMs > this.longestMs) this.longestMs = latencyMs
    this.#add(latencyMs, 1)
  }

  /**
   * Calls are still under way, and are not waited for.
   *
   * @param latencyMs How long they have taken, at least.
   */
  giveUp(latencyMs: number): void {
    this.#add(latencyMs, this.missing)
    this.#ended = this.started
  }

  /** Notes how unlike its latencies are. Smoothed, as a few calls that happen to be quick are alike, too. */
  conclude(): void {
    const { measured } = this
    if (measured < 2 || this.#sum === 0) return
    const mean = this.#sum / measured
    // Of a logarithm of a square: four times the relative variance of the root.
    const variance = (4 * (this.#sumOfSquares - measured * mean ** 2)) / (measured - 1) / mean ** 2
    const spread = Math.max(variance, LEAST_SPREAD)
    this.#spread = this.#spread === undefined ? spread : this.#spread + NEW_SPREAD * (spread - this.#spread)
  }

  #add(latencyMs: number, calls: number): void {
    this.measured += calls
    this.#sum += calls * Math.sqrt(latencyMs)
    this.#sumOfSquares += calls * latencyMs
  }
}
