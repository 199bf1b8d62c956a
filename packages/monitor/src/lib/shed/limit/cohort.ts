/** Fewer requests say nothing: Netflix' `windowSize`. */
export const LEAST_COHORT = 10
/** Requests in a cohort: Envoy's `request_count`. More if times vary, until their average is known to a tenth: our choice. */
const COHORT = 50
const LARGEST_COHORT = 400
const WANTED_NOISE = 0.1
/** Share of the latest cohort in what is known of how much times vary: our choice. */
const NEW_SPREAD = 0.3

/**
 * Requests that are measured together: so many that begin one after the other, all of whose ends are waited for. What merely ended in
 * a stretch of time would have too many quick ones in it just after a change.
 *
 * Each is measured against what it takes without a queue.
 */
export class Cohort {
  /** Tells this cohort from the ones before it. */
  id: number
  /** Milliseconds when the first one may begin. */
  opensMs = 0
  /** Milliseconds when the latest one began. */
  lastMs = 0
  /** How many began. */
  started = 0
  /** How many ended with a time. */
  measured = 0
  /** How much one time varies: its relative variance, of this cohort and those before it. */
  spread = 0.25
  readonly #ids: number
  #size = 0
  #ended = 0
  #took = 0
  #expected = 0
  #ratios = 0
  #squares = 0
  #isNew = true
  #under = 0

  /**
   * @param id Its first id.
   * @param ids How far apart its ids are.
   */
  constructor(id: number, ids: number) {
    this.id = id
    this.#ids = ids
  }

  /** How many are to be measured together, as much as they vary. */
  get wantedSize(): number {
    return Math.min(Math.max(Math.ceil(this.spread / WANTED_NOISE ** 2), COHORT), LARGEST_COHORT)
  }

  /** Whether no more are wanted. */
  get isFull(): boolean {
    return this.started >= this.#size
  }

  /** Whether all have begun and ended. */
  get isComplete(): boolean {
    return this.isFull && this.#ended === this.started
  }

  /** Milliseconds that one took, on average. */
  get meanMs(): number {
    return this.#took / this.measured
  }

  /** How many times as long as expected they took. */
  get times(): number {
    return this.#took / this.#expected
  }

  /** How uncertain that is: its relative standard error. */
  get noise(): number {
    return Math.sqrt(this.spread / this.measured)
  }

  /** How many were under way when one of them began, on average. */
  get meanUnder(): number {
    return this.#under / this.started
  }

  /**
   * Begins anew. What is still under way no longer counts.
   *
   * @param opensMs When the first one may begin.
   * @param size How many are wanted.
   */
  open(opensMs: number, size: number): void {
    this.id += this.#ids
    this.opensMs = this.lastMs = opensMs
    this.#size = size
    this.started = this.measured = this.#ended = this.#took = this.#expected = this.#under = 0
    this.#ratios = this.#squares = 0
  }

  /**
   * One begins.
   *
   * @param nowMs The time.
   * @param under How many are under way with it.
   */
  start(nowMs: number, under: number): void {
    if (this.started === 0) this.opensMs = nowMs
    this.lastMs = nowMs
    this.started++
    this.#under += under
  }

  /** All have ended: notes how much they varied. */
  conclude(): void {
    if (this.measured < 2) return
    const mean = this.#ratios / this.measured
    const variance = Math.max(this.#squares / this.measured - mean ** 2, 0) / mean ** 2
    this.spread += (this.#isNew ? 1 : NEW_SPREAD) * (variance - this.spread)
    this.#isNew = false
  }

  /** Those that began are enough. */
  fill(): void {
    this.#size = this.started
  }

  /** One ended that says nothing. */
  skip(): void {
    this.#ended++
  }

  /**
   * One ended.
   *
   * @param tookMs How long it took.
   * @param expectedMs How long it takes without a queue.
   */
  measure(tookMs: number, expectedMs: number): void {
    this.#ended++
    this.measured++
    this.#took += tookMs
    this.#expected += expectedMs
    this.#ratios += tookMs / expectedMs
    this.#squares += (tookMs / expectedMs) ** 2
  }

  /**
   * Those that have not ended are not waited for any longer.
   *
   * @param tookMs How long they have taken, at least.
   * @param expectedMs How long one takes without a queue.
   */
  giveUp(tookMs: number, expectedMs: number): void {
    while (this.#ended < this.started) this.measure(tookMs, expectedMs)
  }
}
