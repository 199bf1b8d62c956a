import type { Host } from './host.ts'

/** The event loop over the last interval. */
export interface EventLoopReading {
  /** Share of the time in which it was not idle; `undefined` in the first interval. */
  readonly utilizationRatio: number | undefined
  /**
   * Milliseconds by which the timer of the last sample was late: what else waited just then was late as well. What blocked the loop
   * between two samples is not seen. `undefined` before the first one.
   */
  readonly delayMs: number | undefined
}

/** Reads how busy the event loop is. */
export class EventLoopReader {
  readonly #host: Host
  #last: { readonly idle: number; readonly active: number }
  #delayMs: number | undefined

  /** @param host Where numbers come from. */
  constructor(host: Host) {
    this.#host = host
    this.#last = host.eventLoop()
  }

  /**
   * What happened since the last call.
   *
   * @param delayMs How late the sample is; `undefined` if nobody waited for it.
   */
  read(delayMs: number | undefined): EventLoopReading {
    const now = this.#host.eventLoop()
    const active = now.active - this.#last.active
    const total = active + now.idle - this.#last.idle
    this.#last = now
    this.#delayMs = delayMs ?? this.#delayMs
    return {
      utilizationRatio: total > 0 ? Math.min(1, Math.max(0, active / total)) : undefined,
      delayMs: this.#delayMs,
    }
  }
}
