import { FULL, strictnessOf } from '../fullness.ts'
import { Cohort, LEAST_COHORT } from './cohort.ts'
import { Demand } from './demand.ts'
import { clip, Floors } from './floors.ts'
import { Probe } from './probe.ts'
import { roomyLimit, withRoom } from './room.ts'

/** What says that a request is not measured. */
export const UNMEASURED = 0

/** While the gate is lowered for them, fewer. */
const PROBE_SHARE = 0.6
/** But what they say counts so much beside what was known, at least: our choice. */
const PROBE_WEIGHT = 0.7
/** A cohort that fills slowly is closed after so long: Netflix' `minWindowTime`. */
const LONGEST_FILL_MS = 1_000
/** Cohorts begin no faster than this: Envoy's example `concurrency_update_interval`; where nothing is at stake, once a second. */
const BUSY_EVERY_MS = 100
const QUIET_EVERY_MS = 1_000
/** Requests that do not end are waited for so many usual times, or so long. */
const PATIENCE = 10
const LEAST_PATIENCE_MS = 1_000
/** What is still taken for "no queue". */
const NO_QUEUE = 1.1
/** How far the limit grows at a time while there is no queue. */
const GROWTH = 1.25
/** How far it follows what was measured, and from which factor on it follows wholly: that is no noise. */
const GAIN = 0.5
const NEWS = 1.5
/** So many times as fast as without a queue: what was known is void. */
const MUCH_FASTER = 1.4
/** What is worked on must be so much more than what the floor was measured under, or that had a queue, too. */
const CLEARANCE = 1.2
/** Up to so many times what is worked on, it may be the loop that there is too little of. */
const LOOP_SHARE = 1.3
/** More than this is only wanted where requests are refused already: then the gate may be lowered to look. */
const OVER = 1.1
const BUSY = 1
const QUIET = 2

/** Options of a limit. */
export interface LimitBounds {
  /** Requests at once that are worked on, as long as nothing is known. */
  readonly initial: number
  /** The most that may be under way. */
  readonly max: number
}

/** An event loop of which more is wanted than it can do. */
export interface FullLoop {
  /** How much of what it can do. */
  readonly demandRatio: number
  /** Milliseconds of it that a request takes. */
  readonly costMs: number
  /** Milliseconds that one may wait for it. */
  readonly budgetMs: number
}

/**
 * Learns how many requests at once this process, and what it calls, can work on, from how long requests take.
 *
 * It compares requests that began while many were under way with those that began while few were. If the former take `r` times as
 * long, then by Little's law only one of `r` of them is worked on and the others stand in a queue somewhere, such as for a connection
 * to the database. The limit is what is worked on, and a queue of its square root to keep it busy.
 *
 * As long as no more is wanted than can be done, three times the limit may be under way, so that bursts pass. How much is wanted is
 * counted with what was refused. While too much is wanted, the gate is lowered now and then for a moment, to see how long a request
 * takes without a queue.
 *
 * Pure: it is told the time.
 *
 * @see L. S. Brakmo, L. L. Peterson, "TCP Vegas", 1995: the queue's share. N. Cardwell et al., "BBR", 2016: the floor is measured
 * through a lowered window. Envoy's adaptive concurrency filter: the square root.
 */
export class ConcurrencyLimit {
  /** Requests that may be under way now. */
  gate: number
  readonly #bounds: LimitBounds
  readonly #demand: Demand
  readonly #busy = new Cohort(BUSY, 2)
  readonly #quiet = new Cohort(QUIET, 2)
  /** How many can be worked on at once, as learned from how long they take. Not whole. */
  #own: number
  /** The same, or what the loop can work on if that is less. */
  #knee: number
  readonly #floors = new Floors()
  readonly #probe = new Probe()
  /** Whether the gate was lowered for the quiet ones. */
  #isQuietProbed = false
  /** Whether the floor was measured while there was too much to do, and the gate was open. */
  #isFloorDoubted = false
  /** How many requests the loop can work on at once, if that is what there is too little of. */
  #loopKnee = Infinity
  /** And with a queue. */
  #loopLimit = 0
  #usualMs = Number.NaN
  #busyFrom = 0
  #quietUpTo = 0
  /** How much is wanted of these or of the loop, whichever is more. */
  #wanted = 0
  #isFull = false

  /**
   * @param bounds Where it begins and ends.
   * @param nowMs The time.
   */
  constructor(bounds: LimitBounds, nowMs: number) {
    this.#bounds = bounds
    this.#own = bounds.initial
    this.#knee = bounds.initial
    this.#demand = new Demand(nowMs)
    this.gate = 0
    this.#setKnee(bounds.initial)
    this.#busy.open(nowMs, this.#busy.wantedSize)
    this.#openQuiet(nowMs)
  }

  /** Requests at once that can be worked on, and a short queue. */
  get limit(): number {
    return withRoom(this.#knee)
  }

  /** Milliseconds that a request takes without a queue, `undefined` if nothing is known. */
  get floorMs(): number | undefined {
    return Number.isNaN(this.#floors.meanMs) ? undefined : this.#floors.meanMs
  }

  /** Share of what can be worked on at once that is wanted. Over 1 if more. */
  get demandRatio(): number {
    return this.#demand.ratio
  }

  /** Whether more is wanted than can be done. */
  get isFull(): boolean {
    return this.#isFull
  }

  /**
   * A request came, let in or not.
   *
   * @param underWay How many are under way without it.
   */
  arrive(underWay: number): void {
    this.#demand.arrive(underWay, this.#knee)
  }

  /**
   * A request begins.
   *
   * @param underWay How many are under way with it.
   * @param nowMs The time.
   * @returns What to tell at its end: {@link UNMEASURED} or the cohort it is in.
   */
  start(underWay: number, nowMs: number): number {
    if (underWay >= this.#busyFrom) return this.#join(this.#busy, underWay, nowMs)
    if (underWay <= this.#quietUpTo) return this.#join(this.#quiet, underWay, nowMs)
    return UNMEASURED
  }

  /**
   * A measured request ended.
   *
   * @param cohortId What {@link start} returned.
   * @param tookMs How long it took, or `undefined` if that says nothing.
   * @param route Its route.
   * @param underWay How many were under way with it.
   * @param nowMs The time.
   */
  end(cohortId: number, tookMs: number | undefined, route: string | undefined, underWay: number, nowMs: number): void {
    const cohort = cohortId === this.#busy.id ? this.#busy : cohortId === this.#quiet.id ? this.#quiet : undefined
    if (cohort === undefined) return // its cohort did not wait for it
    // It got busy meanwhile: this is not how long it takes without a queue.
    const isSpoiled = cohort === this.#quiet && !this.#isQuietProbed && underWay >= this.#knee
    if (tookMs === undefined || isSpoiled) cohort.skip()
    else {
      const floorMs = this.#floors.of(route) ?? tookMs
      cohort.measure(clip(tookMs, floorMs), floorMs)
      if (cohort === this.#quiet) this.#floors.learn(route, tookMs)
    }
    if (cohort.isComplete) this.#close(cohort, nowMs)
  }

  /**
   * Takes stock, now and then.
   *
   * @param nowMs The time.
   * @param arrived Requests since the last time.
   * @param admitted Of them, how many were let in.
   * @param loop The event loop, if it is full.
   */
  look(nowMs: number, arrived: number, admitted: number, loop: FullLoop | undefined): void {
    const { floorMs } = this
    this.#demand.look(nowMs, arrived, admitted, this.#knee, floorMs ?? 0)
    this.#wanted = Math.max(this.demandRatio, loop?.demandRatio ?? 0)
    this.#isFull = this.#wanted >= FULL
    // By Little's law: as many as begin in the time that one takes, and those that may wait for the loop.
    const isKnown = loop !== undefined && loop.costMs > 0 && floorMs !== undefined
    this.#loopKnee = isKnown ? floorMs / loop.costMs : Infinity
    this.#loopLimit = isKnown ? (floorMs + loop.budgetMs) / loop.costMs : 0
    this.#setKnee(this.#own)
    this.#giveUpLate(nowMs)
    if (this.#probe.isOn) this.#endProbe(nowMs)
    else this.#lowerGate(nowMs)
    this.#setGate()
  }

  #join(cohort: Cohort, underWay: number, nowMs: number): number {
    if (nowMs < cohort.opensMs || cohort.isFull) return UNMEASURED
    cohort.start(nowMs, underWay)
    if (nowMs - cohort.opensMs >= LONGEST_FILL_MS && cohort.started >= LEAST_COHORT) cohort.fill()
    return cohort.id
  }

  /** What does not end, or does not go on, must not hold up what is learned. */
  #giveUpLate(nowMs: number): void {
    const patienceMs = Math.max(LEAST_PATIENCE_MS, PATIENCE * (this.#usualMs || this.floorMs || 0))
    if (this.#busy.started > 0 && nowMs - this.#busy.lastMs > patienceMs) {
      this.#busy.fill()
      const usualMs = this.floorMs ?? this.#usualMs
      if (usualMs > 0) this.#busy.giveUp(clip(nowMs - this.#busy.lastMs, usualMs), usualMs)
      this.#close(this.#busy, nowMs)
    }
    if (!this.#probe.isOn && this.#quiet.started > 0 && nowMs - this.#quiet.lastMs > patienceMs) this.#openQuiet(nowMs)
  }

  #close(cohort: Cohort, nowMs: number): void {
    const isBusy = cohort === this.#busy
    if (!isBusy && this.#probe.isOn) this.#raiseGate(nowMs)
    cohort.conclude()
    if (cohort.measured >= LEAST_COHORT) {
      if (isBusy) this.#closeBusy(nowMs)
      else this.#closeQuiet(nowMs)
    }
    if (isBusy) cohort.open(nowMs + BUSY_EVERY_MS, cohort.wantedSize)
    else this.#openQuiet(nowMs + QUIET_EVERY_MS)
  }

  #openQuiet(opensMs: number): void {
    this.#isQuietProbed = false
    this.#floors.discard()
    this.#quiet.open(opensMs, this.#quiet.wantedSize)
  }

  #closeQuiet(nowMs: number): void {
    const { times, meanUnder, noise } = this.#quiet
    this.#floors.settle(isBeyond(times, NEWS, noise) ? times : undefined, this.#isQuietProbed ? PROBE_WEIGHT : 0)
    this.#floors.stamp(meanUnder, nowMs)
    this.#isFloorDoubted = this.#isFull && !this.#isQuietProbed
  }

  #closeBusy(nowMs: number): void {
    const { meanMs, meanUnder, times, noise } = this.#busy
    this.#usualMs = meanMs
    if (this.floorMs === undefined) {
      // Nobody knows whether there is a queue. As long as not too much is wanted, there is none that grows.
      if (!this.#isFull && meanUnder > this.#own) this.#setKnee(meanUnder)
      return
    }
    if (times < 1 && isBeyond(times, MUCH_FASTER, noise)) {
      this.#floors.scale(times)
      this.#floors.stamp(meanUnder, nowMs)
    }
    // What may be noise is none: a limit that is too low costs more than one that is too high.
    const queue = times / Math.exp(noise)
    if (queue <= NO_QUEUE) return this.#setKnee(Math.max(this.#own, Math.min(meanUnder, this.#own * GROWTH) * GROWTH))
    // Not below what the floor was measured under, or it would go on falling with a floor that is wrong.
    const worked = Math.max(meanUnder / queue, Math.min(this.#floors.under, this.#own))
    const change = worked / this.#own
    const isNews = change > NEWS || change < 1 / NEWS
    this.#setKnee(isNews ? worked : this.#own * change ** GAIN)
  }

  /** Lowers the gate, if it is time to see how long a request takes without a queue. */
  #lowerGate(nowMs: number): void {
    const gate = Math.max(Math.floor(this.#knee / 2), 1)
    const { under, atMs } = this.#floors
    const isTooNear = under > 1 && this.#knee < CLEARANCE * under
    const isDoubted = isTooNear || this.#isFloorDoubted || this.floorMs === undefined
    if (this.#wanted < OVER || !this.#probe.isDue(nowMs, gate, atMs, under, isDoubted)) return
    this.#probe.begin(nowMs, gate)
    this.#quietUpTo = gate
    this.#isQuietProbed = true
    this.#floors.discard()
    this.#quiet.open(nowMs, Math.ceil(PROBE_SHARE * this.#quiet.wantedSize))
  }

  #raiseGate(nowMs: number): void {
    this.#probe.end(nowMs)
    this.#setKnee(this.#own)
  }

  /** Raises the gate, if it takes too long, or is not worth it any more. Who begins from now on is not alone. */
  #endProbe(nowMs: number): void {
    if (this.#isFull && !this.#probe.isOverdue(nowMs, this.floorMs ?? 0)) return
    this.#raiseGate(nowMs)
    if (this.#quiet.started < LEAST_COHORT) return this.#openQuiet(nowMs)
    this.#quiet.fill()
    if (this.#quiet.isComplete) this.#close(this.#quiet, nowMs)
  }

  #setKnee(own: number): void {
    this.#own = Math.min(Math.max(own, 1), this.#bounds.max)
    this.#knee = Math.max(Math.min(this.#own, this.#loopKnee), 1)
    this.#busyFrom = Math.max(Math.ceil(0.9 * this.#knee), 2)
    if (!this.#probe.isOn) this.#quietUpTo = Math.max(Math.floor(this.#knee / 2), 1)
    this.#setGate()
  }

  #setGate(): void {
    const isTight = this.#isFull && this.floorMs !== undefined
    const roomy = roomyLimit(this.limit, isTight ? strictnessOf(this.#wanted) : 0)
    // Of the loop is known how long its queue may be.
    const isLoop = this.#loopKnee < LOOP_SHARE * this.#own
    const open = Math.floor(isLoop ? Math.max(roomy, this.#loopLimit) : roomy)
    this.gate = Math.min(this.#probe.isOn ? this.#probe.gate : open, this.#bounds.max)
  }
}

/** Whether something changed by more than so much, and by more than noise. */
function isBeyond(times: number, factor: number, noise: number): boolean {
  return Math.abs(Math.log(times)) > Math.log(factor) + 2 * noise
}
