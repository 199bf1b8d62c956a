import { FORGET_MS } from '../fullness.ts'

/** Sums forget no faster than within so many requests' time. */
const FORGET_TIMES = 2

/**
 * How much is wanted of what can be worked on at once, counted with what was refused: so it does not fall because of refusing.
 *
 * What an arrival finds under way is what there is on average, if arrivals know nothing of each other.
 *
 * @see R. W. Wolff, "Poisson Arrivals See Time Averages", 1982
 */
export class Demand {
  /** Share that is wanted. Over 1 if it is too much. */
  ratio = 0
  #lookedMs: number
  #found = 0
  #foundSum = 0
  #arrivedSum = 0
  #admittedSum = 0

  /** @param nowMs The time. */
  constructor(nowMs: number) {
    this.#lookedMs = nowMs
  }

  /**
   * A request came, let in or not.
   *
   * @param underWay How many it found under way.
   * @param knee How many can be worked on at once.
   */
  arrive(underWay: number, knee: number): void {
    this.#found += Math.min(underWay, knee)
  }

  /**
   * Takes stock, now and then.
   *
   * @param nowMs The time.
   * @param arrived Requests since the last time.
   * @param admitted Of them, how many were let in.
   * @param knee How many can be worked on at once.
   * @param floorMs How long one takes.
   */
  look(nowMs: number, arrived: number, admitted: number, knee: number, floorMs: number): void {
    const elapsedMs = Math.max(nowMs - this.#lookedMs, 0)
    const kept = Math.exp(-elapsedMs / Math.max(FORGET_MS, FORGET_TIMES * floorMs))
    this.#lookedMs = nowMs
    // What is new is forgotten as well: after a pause, it was before that.
    this.#foundSum = (this.#foundSum + Math.min(this.#found / knee, arrived)) * kept
    this.#arrivedSum = (this.#arrivedSum + arrived) * kept
    this.#admittedSum = (this.#admittedSum + admitted) * kept
    this.#found = 0
    const found = this.#arrivedSum > 0 ? this.#foundSum / this.#arrivedSum : 0
    // Of less than one request, nothing can be said about refusing.
    const excess = this.#arrivedSum < 1 ? 1 : Math.max(this.#arrivedSum / Math.max(this.#admittedSum, 0.5), 1)
    this.ratio = found * Math.min(this.#arrivedSum, 1) * excess
  }
}
