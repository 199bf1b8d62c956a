import { ConcurrencyLimit, type FullLoop, type LimitBounds } from '../../src/lib/shed/limit/concurrency-limit.ts'

/** What requests do. */
export interface LoadOptions {
  /** Requests at once, unless the gate allows fewer. */
  readonly underWay: number
  /** How long one takes, by how many are under way with it. */
  readonly tookMs: (underWay: number, index: number) => number
  readonly route?: (index: number) => string | undefined
  /** How many come for each that is let in. */
  readonly wanted?: number
  readonly loop?: FullLoop
}

interface Flying {
  readonly id: number
  readonly tookMs: number
  readonly route: string | undefined
}

const LOOK_EVERY_MS = 20

/** Something in front of which a limit stands, without queues of its own. */
export class LimitLoad {
  readonly limit: ConcurrencyLimit
  nowMs = 5_000
  /** The lowest and the highest gate of the latest load. */
  lowest = Infinity
  highest = 0
  readonly #flying: Flying[] = []
  #index = 0

  constructor(bounds: Partial<LimitBounds> = {}) {
    this.limit = new ConcurrencyLimit({ initial: 100, max: 10_000, ...bounds }, this.nowMs)
  }

  /** Lets requests come and go for so long, one ends and another one begins. */
  run(forMs: number, { underWay, tookMs, route = () => '/a', wanted = 1, loop }: LoadOptions): void {
    const { limit } = this
    const untilMs = this.nowMs + forMs
    const flying = this.#flying
    let lookMs = this.nowMs + LOOK_EVERY_MS
    let [arrived, admitted, owed] = [0, 0, 0]
    this.lowest = Infinity
    this.highest = 0
    while (this.nowMs < untilMs) {
      const most = Math.min(underWay, limit.gate)
      const ended = flying.length >= most ? flying.shift() : undefined
      if (ended !== undefined) limit.end(ended.id, ended.tookMs, ended.route, flying.length + 1, this.nowMs)
      if (flying.length < most) {
        limit.arrive(flying.length)
        const id = limit.start(flying.length + 1, this.nowMs)
        const index = this.#index++
        flying.push({ id, tookMs: tookMs(flying.length + 1, index), route: route(index) })
        admitted++
        arrived++
        for (owed += wanted - 1; owed >= 1; owed--) {
          limit.arrive(flying.length)
          arrived++
        }
      }
      this.nowMs += (flying[0]?.tookMs ?? 1) / Math.max(flying.length, 1)
      if (this.nowMs < lookMs) continue
      limit.look(this.nowMs, arrived, admitted, loop)
      lookMs = this.nowMs + LOOK_EVERY_MS
      arrived = admitted = 0
      this.lowest = Math.min(this.lowest, limit.gate)
      this.highest = Math.max(this.highest, limit.gate)
    }
  }

  /** Lets a moment pass in which so many come, of whom each finds so many under way. */
  come(arrived: number, admitted: number, underWay: number): void {
    for (let index = 0; index < arrived; index++) this.limit.arrive(underWay)
    this.nowMs += LOOK_EVERY_MS
    this.limit.look(this.nowMs, arrived, admitted, undefined)
  }

  /** Lets all of them end, one after the other. */
  drain(tookMs: number): void {
    while (this.#flying.length > 0) {
      const { id, route } = this.#flying.shift() as Flying
      this.limit.end(id, tookMs, route, this.#flying.length + 1, this.nowMs)
    }
  }

  /** Lets time pass in which none begins or ends. */
  wait(ms: number): void {
    for (const untilMs = this.nowMs + ms; this.nowMs < untilMs; this.nowMs += LOOK_EVERY_MS)
      this.limit.look(this.nowMs, 0, 0, undefined)
  }
}

/** How long a request takes where so many at once are worked on, and the others wait. */
export function pool(workers: number, ms: number): (underWay: number) => number {
  return (underWay) => ms * Math.max(1, underWay / workers)
}
