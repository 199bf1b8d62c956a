import { Cohort } from './cohort.ts'
import { Floor } from './floor.ts'
import { gainOf, Trend } from './level.ts'

/** A call that is not measured. */
export const UNMEASURED = 0
/** A call that started while nearly as many were under way as may be: shows whether that is too many. */
export const BUSY = 1
/** A call that started while few were under way: shows how long a call takes without a queue. */
export const QUIET = -1

/** Whether and as what a call is measured. */
export type Part = typeof UNMEASURED | typeof BUSY | typeof QUIET

/** What the end of a call says. `ignored` says nothing. */
export type CallEnd = 'success' | 'overload' | 'ignored'

/** Calls in a cohort: Envoy's `request_count`. More if latencies vary, and as many as the limit, since more is at stake. */
const COHORT = 50
/** As long as nobody knows how much they vary. */
const FIRST_COHORT = 100
/** But no more for their sake than this, or so many times the limit, our choice, */
const LARGEST_COHORT = 200
const LARGEST_COHORT_TIMES = 8
/** and only until their average is known to this share of the queue that is wanted: our choice. */
const WANTED_NOISE = 0.5
/** Fewer say nothing: Netflix' `windowSize`. */
const LEAST_COHORT = 10
/** A cohort that fills slowly is closed after so long, Netflix' `minWindowTime`, or so many round trips, our choice. */
const LONGEST_FILL_MS = 1_000
const BUSY_FILL = 4
const QUIET_FILL = 16
/** Cohorts start no faster than this: Envoy's example `concurrency_update_interval`. */
const BUSY_EVERY_MS = 100
/** Where nothing is at stake, once a second will do: our choice. */
const QUIET_EVERY_MS = 1_000
/** Calls that do not end are waited for so many round trips, our choice, */
const PATIENCE = 10
/** but at most this, if a round trip is not longer. */
const LONGEST_PATIENCE_MS = 10_000
/** Round trips that the gate stays lowered at most: ten calls one after the other, with some to spare. */
const LONGEST_PROBE = 30

/** From which share of the limit on a call is busy: our choice. */
const BUSY_FROM = 0.9
/** Up to which share of the limit a call is quiet: BBRv2 looks for its floor at half of what it sends. */
const QUIET_UP_TO = 0.5
/** A tenth of calls that were quiet at first only, and the others say nothing: it is the long ones that are spoiled. Our choice. */
const MOST_SPOILED = 0.1
/** What is worked on must be so much more than what the floor was measured under, or that had a queue, too. */
const CLEARANCE = 1.18
/** What the right limit may change from cohort to cohort: 5 %, our choice. In logarithms, as all measurements. */
const DRIFT = 0.05 ** 2
/** The limit follows a cohort half-way at most, as a queue's latencies are less independent than they look. */
const LARGEST_GAIN = 0.5
/** Smallest queue that is wanted, as a share of what is worked on: Netflix' Vegas once kept 10 % to 20 %. */
const LEAST_QUEUE = 0.1
/** Steps upwards grow by so much while all say upwards, up to so much. At first they are large, as TCP's slow start. */
const FASTER = 1.5
const FASTEST = 8
/** From which trend on all say so, in standard errors. */
const UPWARDS = 0.45
/** The limit grows by half at most, in logarithms. */
const LARGEST_STEP = Math.log(1.5)
/** Overload takes a tenth off: `backoffRatio` of Netflix' AIMD limit. */
const BACKOFF = 0.9
/** From this share of overload on there is no room for more calls: our choice, so that stray ones change little. */
const MUCH_OVERLOAD = 0.1

/** What a limit may be. */
export interface LimitBounds {
  /** What it is at first. */
  readonly initialLimit: number
  /** The least. */
  readonly minLimit: number
  /** The most. */
  readonly maxLimit: number
}

/**
 * Learns how many calls at once are right, from how long calls take.
 *
 * It compares calls that started near the limit with calls that started at half of it or less. If both take as long, more may
 * come. If the former take `r` times as long, then by Little's law a share of `1 - 1/r` of them stands in a queue, and the rest
 * is being worked on. To this, a queue of its square root is added, or a tenth if that is more, to keep what is called busy. Calls
 * in between say nothing, so that low load changes nothing. Under constant load there are none at half of the limit: now and then,
 * and whenever the floor seems wrong, the gate is lowered until enough of them started.
 *
 * Pure: it is told the time.
 *
 * @see L. S. Brakmo, L. L. Peterson, "TCP Vegas", 1995: the queue's share. N. Cardwell et al., "BBR", 2016: the floor is measured
 * through a lowered window. Envoy's adaptive concurrency filter: the square root.
 */
export class LimitEstimator {
  /** Calls at once that are let in now, whole: the limit, or less while the floor is measured. */
  gate: number
  /** What is let in otherwise. Not whole. */
  limit: number
  readonly #bounds: LimitBounds
  readonly #busy = new Cohort()
  readonly #quiet = new Cohort()
  readonly #floor = new Floor()
  readonly #trend = new Trend()
  /** Factor of steps upwards. */
  #stride = FASTEST
  /** Logarithm of the latency lately, near the limit. */
  #roundTrip = Number.NaN
  /** Of the last cohort, how long its longest call took. */
  #longestMs = 0
  #busyFrom = 0
  #quietUpTo = 0
  /** Calls under way at most when those of the quiet cohort started. */
  #quietUnder = 1
  /** Whether the gate was lowered for them. Else, those during whose time it got busy are spoiled. */
  #isQuietProbed = false
  #spoiled = 0
  /** When a busy call started lately. */
  #busyMs = -Infinity
  #probeEndsMs = 0
  #adjustedMs = 0
  /** Calls that ended well or as overload lately, and of them the latter. */
  #ended = 0
  #overloads = 0

  /**
   * @param bounds What the limit may be.
   * @param nowMs The time.
   */
  constructor(bounds: LimitBounds, nowMs: number) {
    this.#bounds = bounds
    this.limit = this.gate = bounds.initialLimit
    this.#setLimit(this.limit)
    this.#busy.open(nowMs, this.#sizeOf(this.#busy))
    this.#quiet.open(nowMs, FIRST_COHORT)
  }

  /** Milliseconds of a call without a queue, `undefined` if nothing is known. */
  get floorMs(): number | undefined {
    return this.#floor.isKnown ? Math.exp(this.#floor.value) : undefined
  }

  /** Milliseconds of a call near the limit, or else without a queue. `undefined` if nothing is known. */
  get roundTripMs(): number | undefined {
    return Number.isNaN(this.#roundTrip) ? this.floorMs : Math.exp(this.#roundTrip)
  }

  /**
   * A call starts.
   *
   * @param underWay How many are under way with it.
   * @param nowMs The time, which may be a little late.
   */
  start(underWay: number, nowMs: number): Part {
    if (underWay >= this.#busyFrom) {
      this.#busyMs = nowMs
      return this.#join(this.#busy, nowMs) ? BUSY : UNMEASURED
    }
    if (underWay <= this.#quietUpTo) return this.#join(this.#quiet, nowMs) ? QUIET : UNMEASURED
    return UNMEASURED
  }

  /**
   * A call is about to be refused: there may be room now.
   *
   * @param nowMs The time, which may be a little late.
   */
  refuse(nowMs: number): void {
    if (this.#floor.isProbed && nowMs >= this.#probeEndsMs) this.#endProbe(nowMs)
  }

  /** A call ended well, measured or not. */
  succeed(): void {
    if (++this.#ended < 2 * LARGEST_COHORT) return
    this.#ended /= 2
    this.#overloads /= 2
  }

  /**
   * A call ended as overload, measured or not. Takes off what shows only here: what is refused at once never gets near the limit.
   *
   * @param nowMs The time, which may be a little late.
   */
  overload(nowMs: number): void {
    this.#ended++
    this.#overloads++
    this.#stride = 1
    if (this.#overloads < LEAST_COHORT || this.#overloads < MUCH_OVERLOAD * this.#ended) return
    if (nowMs - this.#adjustedMs < Math.max(BUSY_EVERY_MS, this.roundTripMs ?? 0)) return
    this.#adjust(this.limit * BACKOFF, nowMs)
  }

  /**
   * A measured call ended.
   *
   * @param part What {@link start} returned for it.
   * @param startedMs When it started.
   * @param nowMs The time.
   * @param end What it says.
   */
  end(part: Part, startedMs: number, nowMs: number, end: CallEnd): void {
    const cohort = part === BUSY ? this.#busy : this.#quiet
    if (startedMs < cohort.opensMs || cohort.missing === 0) return // its cohort did not wait for it
    const latencyMs = nowMs - startedMs
    // What is refused at once says nothing of latency, and the floor is made of what went well.
    const isLong = end === 'overload' && part === BUSY && latencyMs >= (this.floorMs ?? Infinity)
    const isSpoiled = part === QUIET && !this.#isQuietProbed && this.#busyMs >= startedMs
    if (isSpoiled) this.#spoiled++
    if ((end === 'success' || isLong) && !isSpoiled) cohort.measure(latencyMs)
    else cohort.skip()
    if (cohort.isComplete) this.#close(cohort, nowMs)
  }

  #join(cohort: Cohort, nowMs: number): boolean {
    if (nowMs < cohort.opensMs) return false
    const isBusy = cohort === this.#busy
    if (nowMs - cohort.lastMs > this.#patienceMs) {
      if (cohort.isFull) {
        if (isBusy) cohort.giveUp(nowMs - cohort.lastMs)
        this.#close(cohort, nowMs)
        return false
      }
      cohort.open(nowMs, this.#sizeOf(cohort)) // what has started is too old
    }
    if (cohort.isFull) return false
    if (!isBusy && cohort.started === 0) {
      this.#isQuietProbed = this.#floor.isProbed
      this.#spoiled = 0
      if (!this.#isQuietProbed) this.#quietUnder = this.#quietUpTo
    }
    cohort.start(nowMs)
    const longestMs = Math.max(LONGEST_FILL_MS, (isBusy ? BUSY_FILL : QUIET_FILL) * (this.roundTripMs ?? 0))
    if (nowMs - cohort.opensMs >= longestMs && cohort.started >= LEAST_COHORT) cohort.fill()
    if (cohort.isFull && !isBusy && this.#floor.isProbed) this.#endProbe(nowMs)
    return true
  }

  /** How long calls are waited for. */
  get #patienceMs(): number {
    const usual = PATIENCE * (this.roundTripMs ?? 0)
    return Math.max(usual, Math.min(2 * this.#longestMs, LONGEST_PATIENCE_MS), LONGEST_FILL_MS)
  }

  #sizeOf(cohort: Cohort): number {
    const wanted = cohort.sizeFor((WANTED_NOISE * roomOf(this.limit)) ** 2) ?? FIRST_COHORT
    const size = Math.min(Math.max(wanted, COHORT), Math.max(LARGEST_COHORT, LARGEST_COHORT_TIMES * this.limit))
    return cohort === this.#busy ? Math.max(size, Math.ceil(this.limit)) : size
  }

  #close(cohort: Cohort, nowMs: number): void {
    const isBusy = cohort === this.#busy
    const isProbed = this.#floor.isProbed
    cohort.conclude()
    this.#longestMs = cohort.longestMs
    if (cohort.measured >= LEAST_COHORT) {
      if (isBusy) this.#closeBusy(nowMs)
      else if (this.#spoiled <= MOST_SPOILED * cohort.measured)
        this.#floor.measure(cohort.mean, cohort.noise, this.#quietUnder, nowMs)
    }
    const everyMs = isBusy ? BUSY_EVERY_MS : QUIET_EVERY_MS
    if (isBusy || !isProbed) cohort.open(Math.max(cohort.opensMs + everyMs, nowMs), this.#sizeOf(cohort))
  }

  #closeBusy(nowMs: number): void {
    const { mean, noise } = this.#busy
    const { limit } = this
    const floor = this.#floor
    this.#roundTrip = mean
    // A single call has no queue.
    if (limit < 2) floor.measure(mean, noise, 1, nowMs)
    if (!floor.isKnown) return this.#probe(1, false, nowMs)
    const inflation = limit < 2 ? 0 : mean - floor.value
    const uncertainty = noise + floor.variance
    const queue = Math.exp(Math.max(inflation, 0))
    if (inflation < 0 && gainOf(inflation, DRIFT, uncertainty) > 0.5) {
      // Faster than without a queue: what was known is void.
      floor.doubt(inflation)
      floor.follow(mean, noise)
      floor.doubt(inflation)
      return this.#probe(1, false, nowMs)
    }
    const worked = Math.floor(limit) / queue
    const isTooNear = this.#isTooNear(worked, uncertainty)
    if (isTooNear && floor.isDoubtDue(this.#quietGate(queue), nowMs)) {
      floor.doubt(inflation / 2)
      return this.#probe(queue, true, nowMs)
    }
    const target = this.#targetOf(worked)
    const deviation = Math.log(target / limit)
    const step = this.#stepOf(deviation, inflation, noise, uncertainty)
    // Not below what the floor was measured under, or else it would go on falling with a floor that is wrong.
    const least = isTooNear && this.#overloads === 0 ? Math.min(floor.under + Math.sqrt(floor.under), limit) : 0
    this.#adjust(Math.max(limit * Math.exp(step), least), nowMs)
    if (floor.isDue(nowMs)) this.#probe(queue, false, nowMs)
  }

  /** Whether there was a queue even where the floor was measured, if so many calls are being worked on. */
  #isTooNear(worked: number, uncertainty: number): boolean {
    const { under } = this.#floor
    return under > 1 && this.limit >= 2 && worked < (CLEARANCE * under) / Math.exp(Math.sqrt(uncertainty))
  }

  #targetOf(calls: number): number {
    const overload = this.#overloads / Math.max(this.#ended, 1)
    const worked = calls * Math.max(1 - overload, BACKOFF)
    return overload < MUCH_OVERLOAD ? worked * (1 + roomOf(worked)) : worked
  }

  #stepOf(deviation: number, inflation: number, noise: number, uncertainty: number): number {
    const pull = this.#trend.follow(deviation / Math.sqrt(DRIFT + uncertainty))
    const known = gainOf(0, DRIFT, noise)
    const gain = Math.min(Math.max(known, pull, gainOf(deviation, DRIFT, uncertainty)), LARGEST_GAIN)
    if (deviation < 0) this.#stride = Math.max(this.#stride / 2, 1)
    else if (this.#trend.value > UPWARDS && inflation < Math.sqrt(uncertainty))
      this.#stride = Math.min(this.#stride * FASTER, FASTEST)
    return deviation < 0 ? gain * deviation : Math.min(gain * deviation * this.#stride, LARGEST_STEP)
  }

  #quietGate(queue: number): number {
    return Math.max(Math.floor((QUIET_UP_TO * this.limit) / queue), 1)
  }

  #probe(queue: number, isDoubted: boolean, nowMs: number): void {
    if (this.limit < 2) return
    this.gate = this.#quietUnder = this.#quietGate(queue)
    this.#floor.probe(this.gate, isDoubted, nowMs)
    this.#probeEndsMs = nowMs + Math.max(LONGEST_FILL_MS, LONGEST_PROBE * (this.roundTripMs ?? 0))
    this.#quiet.open(nowMs, this.#sizeOf(this.#quiet))
  }

  #endProbe(nowMs: number): void {
    this.#floor.release(nowMs)
    this.#busy.open(nowMs, this.#sizeOf(this.#busy))
    this.#setLimit(this.limit)
  }

  #adjust(limit: number, nowMs: number): void {
    this.#adjustedMs = nowMs
    this.#ended = this.#overloads = 0
    this.#setLimit(limit)
  }

  #setLimit(limit: number): void {
    this.limit = Math.min(Math.max(limit, this.#bounds.minLimit), this.#bounds.maxLimit)
    const whole = Math.floor(this.limit)
    this.gate = this.#floor.isProbed ? Math.min(this.gate, whole) : whole
    this.#busyFrom = Math.ceil(BUSY_FROM * whole)
    this.#quietUpTo = Math.max(Math.floor(QUIET_UP_TO * whole), 1)
  }
}

/** The queue that is wanted, as a share of what is worked on. */
function roomOf(worked: number): number {
  return Math.max(1 / Math.sqrt(worked), LEAST_QUEUE)
}
