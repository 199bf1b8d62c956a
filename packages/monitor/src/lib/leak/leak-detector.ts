import type { MonitorLeakGone, MonitorLeakSuspected } from '../events.ts'
import type { ResolvedLeakOptions } from './options.ts'
import { type Point, significanceOf, slopeOf } from './trend.ts'

/** What is known of a leak. */
export interface LeakReport {
  /** Whether one is suspected. */
  readonly isSuspected: boolean
  /** By how many bytes what is left after collections grows in an hour; `undefined` while too little is known. */
  readonly bytesPerHour: number | undefined
  /** Hours until the memory is full, if it goes on; `undefined` if it does not grow. */
  readonly hoursLeft: number | undefined
  /** Bytes that were left after the last collection; `undefined` before the first one. */
  readonly retainedBytes: number | undefined
}

/** One point for so long: the least that was left. Collections come by the second under load, and the trend is one of hours. */
const POINT_EVERY_MS = 60_000
/** Two hours under load; more where collections are rare. */
const MOST_POINTS = 120
const LEAST_POINTS = 12
const LEAST_SPAN_MS = 600_000
/** What must hold of a trend. A suspicion is kept for less than it takes to have one, so that it does not flutter. */
interface Demands {
  /** Standard deviations from no trend. One series without a trend in some 30,000 reaches 4, and it is looked at again and again. */
  readonly z: number
  /** What fills up slows down: a leak's newer half grows by at least this share of the whole trend. */
  readonly steadyRatio: number
  /** How many times the horizon may be between here and a full memory. */
  readonly horizons: number
}
const TO_SUSPECT: Demands = { z: 4, steadyRatio: 0.75, horizons: 1 }
const TO_KEEP: Demands = { z: 2, steadyRatio: 0.1, horizons: 2 }
/** So many points in a row must agree. */
const AGREEING = 3
/** A trend is projected no further than so many times as long as it was seen: half a day for ten minutes. */
const FURTHEST = 72
const HOUR_MS = 3_600_000

/** Looks for a trend in what garbage collections leave. */
export class LeakDetector {
  readonly #options: ResolvedLeakOptions
  readonly #startedMs: number
  readonly #emit: (event: MonitorLeakSuspected | MonitorLeakGone) => void
  readonly #points: Point[] = []
  #current: Point | undefined
  #suspectedAtMs: number | undefined
  /** A growth that went away, as of a cache that is emptied each hour, is told again only above where it went. */
  #ceilingBytes = -Infinity
  #highestBytes = -Infinity
  #agreeing = 0
  /** Found when somebody asks. */
  #slope: number | undefined
  #roomBytes = Infinity
  #retainedBytes: number | undefined

  /**
   * @param options When one is suspected.
   * @param nowMs The time.
   * @param emit Hears of it.
   */
  constructor(
    options: ResolvedLeakOptions,
    nowMs: number,
    emit: (event: MonitorLeakSuspected | MonitorLeakGone) => void,
  ) {
    this.#options = options
    this.#startedMs = nowMs
    this.#emit = emit
  }

  /**
   * Takes what a collection left.
   *
   * @param nowMs The time.
   * @param retainedBytes Bytes that were left.
   * @param roomBytes Bytes until the memory is full; infinite if nobody knows.
   */
  add(nowMs: number, retainedBytes: number, roomBytes: number): void {
    this.#retainedBytes = retainedBytes
    if (nowMs - this.#startedMs < this.#options.warmUpMs) return
    const hours = nowMs / HOUR_MS
    const current = this.#current
    if (current !== undefined && (hours - current.hours) * HOUR_MS < POINT_EVERY_MS) {
      if (retainedBytes < current.value) this.#current = { hours: current.hours, value: retainedBytes }
      return
    }
    this.#current = { hours, value: retainedBytes }
    if (current === undefined) return
    this.#points.push(current)
    if (this.#points.length > MOST_POINTS) this.#points.shift()
    this.#judge(nowMs, roomBytes)
  }

  /** What is known. */
  report(): LeakReport {
    const isKnown = this.#isKnown()
    return {
      isSuspected: this.#suspectedAtMs !== undefined,
      bytesPerHour: isKnown ? this.#perHour : undefined,
      hoursLeft: isKnown && this.#perHour > 0 ? this.#hoursLeft : undefined,
      retainedBytes: this.#retainedBytes,
    }
  }

  #judge(nowMs: number, roomBytes: number): void {
    this.#slope = undefined
    this.#roomBytes = roomBytes
    if (!this.#isKnown()) return
    const isSuspected = this.#suspectedAtMs !== undefined
    const demands = isSuspected ? TO_KEEP : TO_SUSPECT
    // The cheap one first.
    const isLeak = significanceOf(this.#points) >= demands.z && this.#isAbove(isSuspected) && this.#isSteep(demands)
    this.#agreeing = isLeak === isSuspected ? 0 : this.#agreeing + 1
    if (this.#agreeing < AGREEING) return
    this.#agreeing = 0
    if (isLeak) this.#suspect(nowMs)
    else this.#clear(nowMs)
  }

  #isKnown(): boolean {
    return this.#points.length >= LEAST_POINTS && this.#spanMs >= LEAST_SPAN_MS
  }

  get #spanMs(): number {
    const [first] = this.#points
    const last = this.#points.at(-1)
    return first === undefined || last === undefined ? 0 : (last.hours - first.hours) * HOUR_MS
  }

  get #perHour(): number {
    this.#slope ??= slopeOf(this.#points)
    return this.#slope
  }

  get #hoursLeft(): number {
    return Math.max(0, this.#roomBytes) / this.#perHour
  }

  #isSteep({ steadyRatio, horizons }: Demands): boolean {
    if (this.#perHour <= 0) return false
    const furthestMs = horizons * Math.min(this.#options.horizonMs, this.#spanMs * FURTHEST)
    if (this.#hoursLeft * HOUR_MS > furthestMs) return false
    return slopeOf(this.#points.slice(this.#points.length >> 1)) >= this.#perHour * steadyRatio
  }

  #isAbove(isSuspected: boolean): boolean {
    const { value } = this.#points.at(-1) as Point
    if (isSuspected) this.#highestBytes = Math.max(this.#highestBytes, value)
    return isSuspected || value > this.#ceilingBytes
  }

  #suspect(nowMs: number): void {
    this.#suspectedAtMs = nowMs
    this.#emit({
      type: 'leak:suspected',
      bytesPerHour: this.#perHour,
      hoursLeft: this.#hoursLeft,
      retainedBytes: this.#retainedBytes ?? 0,
      seenForMs: this.#spanMs,
    })
  }

  #clear(nowMs: number): void {
    const lastedMs = nowMs - (this.#suspectedAtMs ?? nowMs)
    this.#suspectedAtMs = undefined
    this.#ceilingBytes = this.#highestBytes
    this.#emit({ type: 'leak:gone', lastedMs, retainedBytes: this.#retainedBytes ?? 0 })
  }
}
