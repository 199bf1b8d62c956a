import { type Clock, milliseconds } from '@breakwater/core'
import type { Agenda } from './agenda.ts'

/** What wall clocks say when a simulated world begins. */
export const WORLD_EPOCH_MS: number = Date.UTC(2026, 0)

/** A process in a simulated world. */
export class SimulatedNode {
  /** Its number in the world. */
  readonly id: number
  /** Its clocks and timers. */
  readonly clock: Clock
  readonly #agenda: Agenda
  /** What would have run while it was frozen, in order. */
  readonly #backlog: (() => void)[] = []
  readonly #onKill: (() => void)[] = []
  #state: 'runs' | 'frozen' | 'dead' = 'runs'
  #epochAheadMs = 0

  /**
   * @param id Its number.
   * @param agenda Virtual time.
   */
  constructor(id: number, agenda: Agenda) {
    this.id = id
    this.#agenda = agenda
    // Monotonic clocks of two processes have nothing in common, and none of them starts at 0.
    const baseMs = 1_000_000 + id * 777_777
    const after: Clock['after'] = (delayMs, run) => this.#after(milliseconds('delayMs', delayMs), run)
    this.clock = {
      now: () => baseMs + agenda.nowMs,
      // As late as core's own may be, and so in steps.
      coarse: () => baseMs + Math.floor(agenda.nowMs / 5) * 5,
      epoch: () => Math.floor(WORLD_EPOCH_MS + agenda.nowMs + this.#epochAheadMs),
      after,
      sleep: (delayMs, { signal } = {}) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason)
          const onAbort = (): void => {
            stop()
            reject(signal?.reason)
          }
          const stop = after(delayMs, () => {
            signal?.removeEventListener('abort', onAbort)
            resolve()
          })
          signal?.addEventListener('abort', onAbort, { once: true })
        }),
    }
  }

  /** `frozen` as by SIGSTOP: its code does not run, its clocks do. `dead` as by SIGKILL. */
  get state(): 'runs' | 'frozen' | 'dead' {
    return this.#state
  }

  /**
   * Runs code of this process: now, or once it is thawed and what came before has run, or never if it is dead.
   *
   * @param task The code.
   */
  run(task: () => void): void {
    if (this.#state === 'runs' && this.#backlog.length === 0) task()
    else if (this.#state !== 'dead') this.#backlog.push(task)
  }

  /** Stops it, as SIGSTOP does. */
  freeze(): void {
    if (this.#state === 'runs') this.#state = 'frozen'
  }

  /** Lets it go on. What fell due meanwhile runs now, in order. */
  thaw(): void {
    if (this.#state !== 'frozen') return
    this.#state = 'runs'
    if (this.#backlog.length > 0) this.#agenda.at(this.#agenda.nowMs, () => this.#catchUp())
  }

  /** Ends it, as SIGKILL does: none of its code runs any more, its connections are closed by the system. */
  kill(): void {
    if (this.#state === 'dead') return
    this.#state = 'dead'
    this.#backlog.length = 0
    for (const close of this.#onKill) close()
    this.#onKill.length = 0
  }

  /**
   * Has something done when it is killed, by the system it ran on.
   *
   * @param close What.
   */
  onKill(close: () => void): void {
    this.#onKill.push(close)
  }

  /**
   * Sets its wall clock.
   *
   * @param byMs Milliseconds from what it says now.
   */
  jumpEpoch(byMs: number): void {
    this.#epochAheadMs += byMs
  }

  #after(delayMs: number, run: () => void): () => void {
    if (this.#state === 'dead') return () => {}
    let isOff = false
    const appointment = this.#agenda.at(this.#agenda.nowMs + delayMs, () =>
      this.run(() => {
        if (isOff) return
        this.#agenda.wantsTurn = true
        run()
      }),
    )
    return () => {
      isOff = true
      appointment.cancel()
    }
  }

  /** One at a time, so that promises settle in between. */
  #catchUp(): void {
    if (this.#state !== 'runs') return
    this.#backlog.shift()?.()
    if (this.#backlog.length > 0) this.#agenda.at(this.#agenda.nowMs, () => this.#catchUp())
  }
}
