import { FORGET_MS, FULL, strictnessOf } from './fullness.ts'
import type { LoopTimes } from './loop-times.ts'

/** Sums forget no faster than within so many requests' work: fewer would say too little. Our choice. */
const FORGET_REQUESTS = 50
/** A turn that has lasted so long has too much to do, whatever is known: 100 ms, as of Facebook's controlled delay, or so many requests. */
const LONG_TURN_MS = 100
const LONG_TURN_REQUESTS = 25
/**
 * What a request may have waited in its turn while the loop is full: one and a half requests, so that there are two in a turn, and the
 * loop does not fall idle before the next ones are there. At least this, or the turns themselves would cost too much. Our choice.
 */
const BUDGET_REQUESTS = 1.5
const LEAST_BUDGET_MS = 2
/** Of fewer requests, what one takes cannot be said. */
const LEAST_ADMITTED = 2
/** From so many new connections a turn on, over some ten turns, others are waiting to be accepted. Turns may be long by then. */
const EVERY_TURN = 0.8
const FORGET_TURNS = 10
/** Share of the latest refusal in what is known of their cost. */
const NEW_REFUSAL = 0.05
/** What took longer than so many times the usual counts as so many. */
const OUTLIER = 2

/**
 * Refuses what has waited too long in the loop's own queue.
 *
 * A turn of the loop takes what has become ready, and works it off one by one; what arrives meanwhile waits for the next turn. So
 * how long this turn has lasted is how long a request waited, at least. While the loop can do what is wanted of it, nothing is
 * refused. When more is wanted, only what comes early in a turn is let in.
 *
 * How much is wanted is counted with what was refused: arrivals, times the loop's time for each that was let in. So it does not
 * fall because of refusing, and nothing swings.
 *
 * Needs no timer: it looks when requests come.
 *
 * @see B. Maurer, "Fail at Scale", ACM Queue 13(8), 2015: a short queue while it is never empty, a longer one otherwise.
 */
export class LoopGate {
  /** Share of the loop's time that is wanted. Over 1 if more than it has. */
  demandRatio = 0
  /** Whether more is wanted than it can do. */
  isFull = false
  /** Whether {@link isLate} has to be asked. */
  isStrict = false
  /** Milliseconds of the loop that a request takes which is let in. */
  costMs = 0
  /** Milliseconds that a request may have waited in its turn. */
  budgetMs: number = Infinity
  readonly #times: LoopTimes
  #lookedMs: number
  #idleMs: number
  #turns: number
  #connections: number
  #busySum = 0
  /** As if it had been idle so far: the first moments say little. */
  #timeSum = FORGET_MS
  #arrivedSum = 0
  #admittedSum = 0
  #connectionsPerTurn = 0
  #turn = -1
  #turnMs = 0
  /** Requests that were let in during this turn. A turn that is long with few of them was held up by something else. */
  #inTurn = 0
  #leastInTurn = LONG_TURN_REQUESTS
  #refusalMs = 0
  /** When the latest request was refused, if it was the latest that came. */
  #refusedMs = Number.NaN

  /**
   * @param times What the loop says of itself.
   * @param nowMs The time.
   */
  constructor(times: LoopTimes, nowMs: number) {
    this.#times = times
    this.#lookedMs = nowMs
    this.#idleMs = times.idleMs()
    this.#turns = times.turns()
    this.#connections = times.connections()
  }

  /**
   * Takes stock, now and then.
   *
   * @param nowMs The time.
   * @param arrived Requests since the last time.
   * @param admitted Of them, how many were let in.
   */
  look(nowMs: number, arrived: number, admitted: number): void {
    const elapsedMs = Math.max(nowMs - this.#lookedMs, 0)
    const idleMs = this.#times.idleMs()
    const busyMs = Math.min(Math.max(elapsedMs - (idleMs - this.#idleMs), 0), elapsedMs)
    const kept = Math.exp(-elapsedMs / Math.max(FORGET_MS, FORGET_REQUESTS * this.costMs))
    this.#lookedMs = nowMs
    this.#idleMs = idleMs
    this.#busySum = this.#busySum * kept + busyMs
    this.#timeSum = this.#timeSum * kept + elapsedMs
    this.#arrivedSum = this.#arrivedSum * kept + arrived
    this.#admittedSum = this.#admittedSum * kept + admitted
    const refusing = Math.max(this.#arrivedSum - this.#admittedSum, 0) * this.#refusalMs
    const useful = Math.max(this.#busySum - refusing, 0)
    // Where hardly any was let in, what is known of them has to do.
    if (this.#admittedSum >= LEAST_ADMITTED) this.costMs = useful / this.#admittedSum
    this.demandRatio = Math.max(useful, this.#arrivedSum * this.costMs) / this.#timeSum
    this.#lookAtQueue()
    this.#setBudget(nowMs)
  }

  /**
   * Whether a request has waited too long.
   *
   * @param nowMs When it came in.
   * @param patience How many times as long as others it may have waited.
   */
  isLate(nowMs: number, patience: number): boolean {
    this.#follow(nowMs)
    return nowMs - this.#turnMs > this.budgetMs * patience && this.#inTurn >= this.#leastInTurn
  }

  /**
   * A request was let in.
   */
  admit(): void {
    this.#refusedMs = Number.NaN
    this.#inTurn++
  }

  /**
   * A request was refused.
   *
   * @param nowMs When it came in.
   */
  refuse(nowMs: number): void {
    // From one refusal to the next in the same turn there was nothing else to do, mostly.
    const turn = this.#times.turns()
    const tookMs = nowMs - this.#refusedMs
    if (turn === this.#turn && tookMs >= 0) this.#learnRefusal(Math.min(tookMs, LEAST_BUDGET_MS))
    this.#follow(nowMs, turn)
    this.#refusedMs = nowMs
  }

  /** In between, the process may have stood still, or garbage been collected. Few of those must not make all look dear. */
  #learnRefusal(tookMs: number): void {
    const clipped = this.#refusalMs > 0 ? Math.min(tookMs, OUTLIER * this.#refusalMs) : tookMs
    this.#refusalMs += (this.#refusalMs > 0 ? NEW_REFUSAL : 1) * (clipped - this.#refusalMs)
  }

  /**
   * A turn accepts one connection. So where each turn has a new one, others are waiting, with requests that nobody sees: as many
   * turns after each other as there are of them.
   */
  #lookAtQueue(): void {
    const turns = this.#times.turns()
    const taken = turns - this.#turns
    if (taken === 0) return
    const connections = this.#times.connections()
    const share = 1 - Math.exp(-taken / FORGET_TURNS)
    this.#connectionsPerTurn += share * ((connections - this.#connections) / taken - this.#connectionsPerTurn)
    this.#turns = turns
    this.#connections = connections
  }

  get #areConnectionsWaiting(): boolean {
    return this.#connectionsPerTurn >= EVERY_TURN
  }

  #setBudget(nowMs: number): void {
    this.#follow(nowMs)
    const tight = Math.max(BUDGET_REQUESTS * this.costMs, LEAST_BUDGET_MS)
    this.isFull = this.demandRatio >= FULL
    const long = Math.max(LONG_TURN_MS, LONG_TURN_REQUESTS * this.costMs)
    const strictness = this.isFull && this.#areConnectionsWaiting ? 1 : strictnessOf(this.demandRatio)
    this.isStrict = this.isFull || nowMs - this.#turnMs >= long
    // Up to just what the loop can do, as much may wait as in a long turn. From there on, less and less.
    this.budgetMs = long * (tight / long) ** strictness
    this.#leastInTurn = LONG_TURN_REQUESTS ** (1 - strictness)
  }

  #follow(nowMs: number, turn: number = this.#times.turns()): void {
    if (turn === this.#turn) return
    this.#turn = turn
    this.#turnMs = nowMs
    this.#inTurn = 0
  }
}
