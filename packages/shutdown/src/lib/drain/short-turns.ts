/**
 * Milliseconds of a turn of the event loop in which little can have happened that it has not seen: a longer one had something else to do,
 * or the process was not run. Our choice, as what follows.
 */
export const SHORT_TURN_MS = 0.25
/** A process that has more to do than it can may have no short turn at all. */
const LONGEST_WAIT_MS = 250

/**
 * Does things at the end of short turns of the event loop: what clients had sent by then was read, but for what came in this very
 * moment. In a long turn, dozens of requests may have come after it looked.
 */
export class ShortTurns {
  readonly #waiting = new Set<() => void>()
  #isTurning = false

  /**
   * Waits for such a moment, or until it has waited for long.
   *
   * @param act What to do then. Must not throw.
   * @returns Calls it off.
   */
  atEnd(act: () => void): () => void {
    this.#waiting.add(act)
    if (!this.#isTurning) void this.#turn()
    return () => void this.#waiting.delete(act)
  }

  async #turn(): Promise<void> {
    this.#isTurning = true
    const beganMs = performance.now()
    let startMs = beganMs
    while (this.#waiting.size > 0) {
      // Comes right after the event loop took in what is there.
      await new Promise(setImmediate)
      const endMs = performance.now()
      if (endMs - startMs <= SHORT_TURN_MS || endMs - beganMs >= LONGEST_WAIT_MS) this.#act(endMs)
      startMs = performance.now()
    }
    this.#isTurning = false
  }

  /** As many as keep it a moment. */
  #act(sinceMs: number): void {
    for (const act of this.#waiting) {
      this.#waiting.delete(act)
      act()
      if (performance.now() - sinceMs > SHORT_TURN_MS) return
    }
  }
}
