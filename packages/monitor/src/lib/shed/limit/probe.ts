/** A floor that is older is measured again while there is too much to do: the `min_rtt` of BBR lasts 10 s. */
const FLOOR_FOR_MS = 10_000
/** One that is doubted is measured again after so long, and so many times what it took the last time. Our choice. */
const DOUBT_EVERY_MS = 1_000
const REST_LENGTHS = 5
/** But at once under so much fewer requests than before. */
const DEEPER = 0.75
/** The gate stays lowered for so many times what a request takes, or so long: ten requests one after the other, with some to spare. */
const LONGEST_ROUNDS = 30
const LEAST_LENGTH_MS = 1_000

/** When the gate is lowered for a moment, to see how long a request takes without a queue. */
export class Probe {
  /** Whether it is lowered. */
  isOn = false
  /** Requests that may be under way while it is, or the last time. */
  gate = 0
  #beganMs = -Infinity
  #endedMs = -Infinity
  #lengthMs = 0

  /**
   * Whether it is time.
   *
   * @param nowMs The time.
   * @param gate How many requests would be under way.
   * @param floorAtMs When the floor was measured.
   * @param floorUnder How many requests were under way then.
   * @param isDoubted Whether it may be wrong.
   */
  isDue(nowMs: number, gate: number, floorAtMs: number, floorUnder: number, isDoubted: boolean): boolean {
    if (nowMs - Math.max(floorAtMs, this.#beganMs) > FLOOR_FOR_MS) return true
    if (!isDoubted) return false
    const restMs = Math.max(DOUBT_EVERY_MS, REST_LENGTHS * this.#lengthMs)
    return nowMs - this.#endedMs > restMs || gate < DEEPER * Math.min(floorUnder, this.gate)
  }

  /**
   * Whether it has been lowered for too long.
   *
   * @param nowMs The time.
   * @param floorMs How long a request takes, as far as is known.
   */
  isOverdue(nowMs: number, floorMs: number): boolean {
    return nowMs - this.#beganMs > Math.max(LEAST_LENGTH_MS, LONGEST_ROUNDS * floorMs)
  }

  /**
   * It is lowered.
   *
   * @param nowMs The time.
   * @param gate Requests that may be under way.
   */
  begin(nowMs: number, gate: number): void {
    this.isOn = true
    this.gate = gate
    this.#beganMs = nowMs
  }

  /**
   * It no longer is.
   *
   * @param nowMs The time.
   */
  end(nowMs: number): void {
    this.isOn = false
    this.#endedMs = nowMs
    this.#lengthMs = nowMs - this.#beganMs
  }
}
