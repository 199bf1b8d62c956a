import { Level } from './level.ts'

/** What the floor may change from one measurement to the next: 2 %, our choice. In logarithms, as all here. */
const DRIFT = 0.02 ** 2
/** A floor known to 5 % is measured as seldom as may be. */
const GOOD_VARIANCE = 0.05 ** 2
/** A floor that is older is measured again: the `min_rtt` of BBR, which lasts 10 s. */
const FLOOR_FOR_MS = 10_000
/** So many times its own length passes until a probe that is routine: it takes a twentieth of the time. BBR takes a fiftieth. */
const PROBE_REST = 20
/** The less is known of the floor the more often it is measured, up to four times. */
const LEAST_REST = 1 / 4
/** So many times its own length, and at least so long, until one that nothing but doubt calls for. */
const DOUBTED_PROBE_REST = 5
const DOUBTED_FOR_MS = 1_000
/** A probe on so much fewer calls at once than what was tried is worth it at once. */
const DEEPER = 0.75

/** How long a call takes without a queue, how sure that is, and when to measure it again. */
export class Floor extends Level {
  /** Calls under way at most where it was measured. If there is a queue at so many, it is too high. */
  under = 1
  /** Whether the gate is lowered to measure it. */
  isProbed = false
  #gate = Infinity
  #startedMs = 0
  #lengthMs = 0
  #isDoubted = false
  #dueMs = 0
  #doubtDueMs = 0

  constructor() {
    super(DRIFT)
  }

  /**
   * Whether it is time to measure it.
   *
   * @param nowMs The time.
   */
  isDue(nowMs: number): boolean {
    return nowMs >= this.#dueMs
  }

  /**
   * Whether to measure it before its time.
   *
   * @param gate Calls under way at most, then.
   * @param nowMs The time.
   */
  isDoubtDue(gate: number, nowMs: number): boolean {
    return nowMs >= this.#doubtDueMs || gate < DEEPER * Math.min(this.under, this.#gate)
  }

  /**
   * The gate is lowered.
   *
   * @param gate Calls under way at most.
   * @param isDoubted Whether it is before its time.
   * @param nowMs The time.
   */
  probe(gate: number, isDoubted: boolean, nowMs: number): void {
    this.isProbed = true
    this.#gate = gate
    this.#isDoubted = isDoubted
    this.#startedMs = nowMs
  }

  /**
   * The gate is no longer lowered. What was measured may come a little later, as calls have to end.
   *
   * @param nowMs The time.
   */
  release(nowMs: number): void {
    this.isProbed = false
    this.#lengthMs = nowMs - this.#startedMs
    this.#dueMs = nowMs + this.#restMs
    this.#doubtDueMs = nowMs + Math.max(DOUBTED_FOR_MS, (this.#isDoubted ? DOUBTED_PROBE_REST : 1) * this.#lengthMs)
  }

  /**
   * It was measured.
   *
   * @param mean Logarithm of the average latency.
   * @param noise Its variance.
   * @param under Calls under way at most.
   * @param nowMs The time.
   */
  measure(mean: number, noise: number, under: number, nowMs: number): void {
    this.follow(mean, noise)
    this.under = under
    this.#gate = Infinity
    this.#dueMs = nowMs + this.#restMs
    this.#doubtDueMs = Math.max(this.#doubtDueMs, nowMs + DOUBTED_FOR_MS)
  }

  /** How long until it is measured again: the better it is known, the longer. */
  get #restMs(): number {
    const share = Math.min(Math.max(GOOD_VARIANCE / this.variance, LEAST_REST), 1)
    return share * Math.max(FLOOR_FOR_MS, PROBE_REST * this.#lengthMs)
  }
}
