import type { Clock } from '@breakwater/core'
import type { LoopTimes } from './host.ts'
import { LagWindow } from './lag-window.ts'

/** Between two looks at a loop that is busy. */
const BUSY_PERIOD_MS = 20
/** Between two looks at one that is idle: the process wakes up for them. */
const IDLE_PERIOD_MS = 1_000
/** Share of the time for which a loop works that counts as busy. */
const BUSY_RATIO = 0.1
/** For how long lags are remembered, at least. Twice as long at most. */
const REMEMBER_MS = 60_000

/** How late things are that wait for the event loop, in milliseconds. */
export interface LagReading {
  /** The last one. */
  readonly lastMs: number
  readonly minMs: number
  readonly maxMs: number
  readonly meanMs: number
  readonly stddevMs: number
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p99Ms: number
}

/**
 * Looks how late a timer is: often while the loop is busy, once a second while it is not. Each look stands for the
 * time since the one before, so that values are those of a time chosen at random.
 *
 * `perf_hooks.monitorEventLoopDelay` wakes an idle process a hundred times a second, and adds its own period to each value.
 */
export class LoopLag {
  readonly #clock: Clock
  readonly #loop: () => LoopTimes
  #current: LagWindow
  #previous: LagWindow | undefined
  #currentFromMs: number
  #last: LoopTimes
  #lastAtMs: number
  #lastLagMs: number | undefined
  #periodMs = BUSY_PERIOD_MS
  #stop: () => void

  /**
   * @param clock Where time comes from.
   * @param loop Reads the loop.
   */
  constructor(clock: Clock, loop: () => LoopTimes) {
    this.#clock = clock
    this.#loop = loop
    this.#current = new LagWindow()
    this.#last = loop()
    this.#lastAtMs = clock.now()
    this.#currentFromMs = this.#lastAtMs
    this.#stop = this.#arm()
  }

  /** The last one to two minutes, whoever reads; `undefined` before the first look. */
  read(): LagReading | undefined {
    if (this.#lastLagMs === undefined) return
    const window = this.#previous === undefined ? this.#current : this.#current.with(this.#previous)
    return {
      lastMs: this.#lastLagMs,
      minMs: window.minMs,
      maxMs: window.maxMs,
      meanMs: window.meanMs,
      stddevMs: window.stddevMs,
      p50Ms: window.quantile(0.5),
      p90Ms: window.quantile(0.9),
      p99Ms: window.quantile(0.99),
    }
  }

  /** Looks no more. */
  close(): void {
    this.#stop()
  }

  #arm(): () => void {
    const dueMs = this.#clock.now() + this.#periodMs
    return this.#clock.after(this.#periodMs, () => this.#look(dueMs))
  }

  #look(dueMs: number): void {
    const nowMs = this.#clock.now()
    const loop = this.#loop()
    const elapsedMs = nowMs - this.#lastAtMs
    const activeMs = Math.max(0, loop.activeMs - this.#last.activeMs)
    this.#turn(nowMs)
    this.#lastLagMs = Math.max(0, nowMs - dueMs)
    this.#record(this.#lastLagMs, elapsedMs, activeMs, loop)
    this.#last = loop
    this.#lastAtMs = nowMs
    this.#periodMs = activeMs >= elapsedMs * BUSY_RATIO ? BUSY_PERIOD_MS : Math.min(this.#periodMs * 2, IDLE_PERIOD_MS)
    this.#stop = this.#arm()
  }

  #turn(nowMs: number): void {
    if (nowMs - this.#currentFromMs < REMEMBER_MS) return
    this.#previous = this.#current
    this.#current = new LagWindow()
    this.#currentFromMs = nowMs
  }

  /** What blocked the loop between two looks may be over by the second: then it worked for long in few turns. */
  #record(lagMs: number, elapsedMs: number, activeMs: number, { turns }: LoopTimes): void {
    const passed = turns === undefined || this.#last.turns === undefined ? Infinity : turns - this.#last.turns
    const turnMs = activeMs / Math.max(1, passed)
    if (turnMs <= lagMs) return this.#current.record(lagMs, elapsedMs)
    this.#current.record(turnMs, Math.min(activeMs, elapsedMs))
    this.#current.record(lagMs, Math.max(0, elapsedMs - activeMs))
  }
}
