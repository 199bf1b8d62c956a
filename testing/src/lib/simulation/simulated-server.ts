import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { createRandom } from '../random.ts'
import { type Happening, Timetable } from './timetable.ts'

/** What stands in front of the server: the permits of a policy. */
export interface SimulatedGate {
  tryAcquire(): SimulatedPermit | { readonly admitted: false }
}

/** Leave for one call. */
export interface SimulatedPermit {
  readonly admitted: true
  succeed(): void
  fail(error: unknown): void
  release(): void
}

/** How much work calls are: factors whose mean is 1. */
export const work: {
  readonly steady: (random: () => number) => number
  readonly exponential: (random: () => number) => number
  readonly lognormal: (sigma: number) => (random: () => number) => number
  readonly bimodal: (share: number, times: number) => (random: () => number) => number
} = {
  steady: () => 1,
  exponential: (random) => -Math.log(1 - random()),
  lognormal: (sigma) => (random) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return Math.exp(sigma * normal - sigma ** 2 / 2)
  },
  /** A share of calls is so many times as much as the others. */
  bimodal: (share, times) => (random) => (random() < share ? times : 1) / (1 - share + share * times),
}

/** What is simulated. All of it may be changed while it runs. */
export interface World {
  /** Calls that the server works on at once; the others queue, first in first out. */
  workers: number
  /** Mean milliseconds of work. */
  workMs: number
  /** Milliseconds on the way there and back, which no worker is busy with. */
  wayMs: number
  /** Mean arrivals each second, at random: an open loop, which does not care how calls end. */
  arrivalsPerSecond: number
  /** Factor of one call's work. */
  work: (random: () => number) => number
  /** Calls that were not answered by then fail; the server works on them all the same. */
  timeoutMs: number
  /** Calls that the server lets queue; it fails what comes on top at once. */
  queue: number
  /** Share of calls that their callers give up half-way. */
  abandonedShare: number
  /** Share of calls that fail at once, without work. */
  brokenShare: number
}

interface SimulatedCall {
  /** Until it ended for its caller. */
  permit: SimulatedPermit | undefined
  isWorkedOn: boolean
}

const FINISH = 0
const EXPIRE = 1
const ABANDON = 2
const REACH = 3
interface CallHappening extends Happening {
  readonly what: typeof FINISH | typeof EXPIRE | typeof ABANDON | typeof REACH
  readonly call: SimulatedCall
}

/** A server behind a policy, and callers in front of it, on a clock that jumps from happening to happening. */
export class Simulation {
  readonly clock: ManualClock
  readonly world: World
  /** What callers throw when it took too long, and when the server refused. */
  readonly timeoutError: Error = Object.assign(new Error('too slow'), { code: 'ERR_TIMEOUT' })
  readonly busyError: Error = new Error('busy')
  readonly brokenError: Error = new Error('broken')
  succeeded = 0
  refused = 0
  failed = 0
  readonly #policy: SimulatedGate
  readonly #random: () => number
  readonly #table = new Timetable<CallHappening>()
  readonly #queue: SimulatedCall[] = []
  #queueHead = 0
  #working = 0
  #nextArrivalMs: number

  constructor(seed: number, world: Partial<World>, policy: (clock: ManualClock) => SimulatedGate) {
    this.clock = createManualClock()
    this.#random = createRandom(seed)
    this.#policy = policy(this.clock)
    this.#nextArrivalMs = this.clock.now()
    this.world = {
      workers: 20,
      workMs: 100,
      wayMs: 0,
      arrivalsPerSecond: 400,
      work: work.exponential,
      timeoutMs: Infinity,
      queue: Infinity,
      abandonedShare: 0,
      brokenShare: 0,
      ...world,
    }
  }

  /** Calls at once that keep all workers busy, by Little's law: what they do in the time that one call takes without a queue. */
  get ideal(): number {
    const { workers, workMs, wayMs } = this.world
    return (workers / workMs) * (workMs + wayMs)
  }

  /** Calls each second that all workers can do. */
  get capacity(): number {
    return (this.world.workers / this.world.workMs) * 1_000
  }

  /** Lets time pass, and calls `look` so often. */
  run(forMs: number, look?: () => void, everyMs = 100): void {
    const endMs = this.clock.now() + forMs
    let lookMs = this.clock.now() + everyMs
    for (;;) {
      const nextMs = Math.min(this.#table.next?.atMs ?? Infinity, this.#nextArrivalMs)
      while (look !== undefined && lookMs <= Math.min(nextMs, endMs)) {
        this.#advanceTo(lookMs)
        look()
        lookMs += everyMs
      }
      if (nextMs > endMs) break
      this.#advanceTo(nextMs)
      if (this.#table.next?.atMs === nextMs) this.#happen(this.#table.take() as CallHappening)
      else this.#arrive()
    }
    this.#advanceTo(endMs)
  }

  #advanceTo(atMs: number): void {
    const byMs = atMs - this.clock.now()
    if (byMs > 0) this.clock.advance(byMs)
  }

  #arrive(): void {
    const { arrivalsPerSecond, timeoutMs, wayMs, abandonedShare, brokenShare } = this.world
    const now = this.clock.now()
    this.#nextArrivalMs = now - (Math.log(1 - this.#random()) * 1_000) / arrivalsPerSecond
    const permit = this.#policy.tryAcquire()
    if (!permit.admitted) {
      this.refused++
      return
    }
    const call: SimulatedCall = { permit, isWorkedOn: false }
    if (brokenShare > 0 && this.#random() < brokenShare) return this.#fail(call, this.brokenError)
    if (timeoutMs < Infinity) this.#table.add({ atMs: now + timeoutMs, what: EXPIRE, call })
    if (abandonedShare > 0 && this.#random() < abandonedShare)
      this.#table.add({ atMs: now + this.world.workMs / 2, what: ABANDON, call })
    this.#table.add({ atMs: now + wayMs, what: REACH, call })
  }

  #happen({ what, call }: CallHappening): void {
    if (what === EXPIRE) return this.#fail(call, this.timeoutError)
    if (what === ABANDON) {
      // Told to end, so that the server stops working on it.
      call.permit?.release()
      call.permit = undefined
      if (call.isWorkedOn) this.#working--
      call.isWorkedOn = false
      return this.#work()
    }
    if (what === REACH) {
      const { workers, queue } = this.world
      if (this.#working >= workers && this.#queue.length - this.#queueHead >= queue)
        return this.#fail(call, this.busyError)
      this.#queue.push(call)
    } else {
      if (!call.isWorkedOn) return
      call.isWorkedOn = false
      this.#working--
      if (call.permit !== undefined) {
        call.permit.succeed()
        call.permit = undefined
        this.succeeded++
      }
    }
    this.#work()
  }

  #fail(call: SimulatedCall, error: Error): void {
    if (call.permit === undefined) return
    this.failed++
    call.permit.fail(error)
    call.permit = undefined
  }

  #work(): void {
    const { workers, workMs, timeoutMs, work: factor } = this.world
    while (this.#working < workers && this.#queueHead < this.#queue.length) {
      const call = this.#queue[this.#queueHead++] as SimulatedCall
      if (this.#queueHead > 1_000) this.#queueHead = this.#queue.splice(0, this.#queueHead).length && 0
      if (call.permit === undefined && timeoutMs === Infinity) continue
      call.isWorkedOn = true
      this.#working++
      this.#table.add({ atMs: this.clock.now() + workMs * factor(this.#random), what: FINISH, call })
    }
  }
}
