import type { Clock, HttpExchange, HttpHook, HttpReply, Measurement } from '@breakwater/core'
import type { ShedCause, ShedEvent } from './events.ts'
import { ConcurrencyLimit, UNMEASURED } from './limit/concurrency-limit.ts'
import { LoopGate } from './loop-gate.ts'
import { type EventLoop, hearEventLoop } from './loop-times.ts'
import type { ResolvedShedOptions } from './options.ts'
import type { ShedPriority } from './priority.ts'
import { Refusals } from './refusals.ts'

/** Stock is taken so often, while requests come. */
const LOOK_EVERY_MS = 20
/** Of those that are not measured for the limit, the time of each so many is taken. */
const TIMED_EACH = 8
/** After so long without a refusal it is over. */
const QUIET_FOR_MS = 1_000
/** How many times the limit, and how many times as long in the loop's queue. */
const SHARES: Readonly<Record<Exclude<ShedPriority, 'vital'>, number>> = { high: 1.25, normal: 1, low: 0.7 }
/** No request takes less: a clock may stand still, or the adapter's be ahead. */
const LEAST_MS = 0.001
/** A note in the exchange's slot: it was let in and has ended, or was refused. Others are of a limit's cohort. */
const DONE = -1

/** Refuses requests when there are too many, and learns when that is. */
export class Shedder {
  readonly hook: HttpHook
  readonly #options: ResolvedShedOptions
  readonly #emit: (event: ShedEvent) => void
  readonly #clock: Clock
  readonly #times: EventLoop
  readonly #loop: LoopGate
  readonly #limit: ConcurrencyLimit
  readonly #refusals: Refusals
  #underWay = 0
  #nextLookMs: number
  #arrived = 0
  #admitted = 0
  #seen = { arrived: 0, admitted: 0 }
  readonly #refused: Record<ShedCause, number> = { 'event-loop': 0, concurrency: 0 }
  readonly #refusedBy: Record<Exclude<ShedPriority, 'vital'>, number> = { high: 0, normal: 0, low: 0 }
  #isShedding = false
  #startedMs = 0
  #lastRefusedMs = -Infinity
  #refusedBefore = 0
  #answered = 0
  /** Those whose time was taken: it costs as much as all the rest. */
  #timed = 0
  #timedMs = 0
  #isPriorityFaulty = false

  /**
   * @param options How.
   * @param events Who hears of it.
   * @param clock Where time comes from.
   * @param times What the event loop says of itself.
   */
  constructor(
    options: ResolvedShedOptions,
    events: { emit(event: ShedEvent): void },
    clock: Clock,
    times: EventLoop = hearEventLoop(),
  ) {
    const now = clock.now()
    this.#times = times
    this.#options = options
    this.#emit = (event) => events.emit(event)
    this.#clock = clock
    this.#loop = new LoopGate(times, now)
    this.#limit = new ConcurrencyLimit({ initial: options.initialConcurrency, max: options.maxConcurrency }, now)
    this.#refusals = new Refusals(options.maxRetryAfterSeconds)
    this.#nextLookMs = now + LOOK_EVERY_MS
    this.hook = {
      onStart: (exchange, slot) => this.#start(exchange, slot),
      onHead: (exchange, slot) => this.#finish(exchange, slot, true),
      onEnd: (exchange, slot) => this.#finish(exchange, slot, false),
    }
  }

  /** How much of this process's capacity is wanted: 0.7 is 70 %, 2 is twice what it can do. Smoothed over about a quarter of a second. */
  get demandRatio(): number {
    return Math.max(this.#loop.demandRatio, this.#limit.demandRatio)
  }

  /** Whether requests were refused within the last second. */
  get isShedding(): boolean {
    return this.#isShedding
  }

  /** Requests under way, without vital ones. */
  get underWay(): number {
    return this.#underWay
  }

  /** Hears no more of the loop. The hook goes on with what it is shown. */
  close(): void {
    this.#times.close()
  }

  /** Takes stock although no request came. */
  refresh(): void {
    this.#look(this.#clock.now())
  }

  /** What was answered since the last call, and how long it took on average from its start to its head. */
  takeResponseTimes(): { readonly meanMs: number | undefined; readonly requests: number } {
    const requests = this.#answered
    const meanMs = this.#timed === 0 ? undefined : this.#timedMs / this.#timed
    this.#answered = this.#timed = this.#timedMs = 0
    return { meanMs, requests }
  }

  measure(): readonly Measurement[] {
    const { floorMs, limit } = this.#limit
    const gauge = (name: string, help: string, value: number): Measurement => ({ name, help, kind: 'gauge', value })
    const counters = <label extends string>(name: string, help: string, label: string, of: Record<label, number>) =>
      Object.entries<number>(of).map(
        ([key, value]): Measurement => ({ name, help, kind: 'counter', labels: { [label]: key }, value }),
      )
    return [
      gauge(
        'monitor_demand_ratio',
        'Share of what this process can do that is wanted. Over 1 is too much',
        this.demandRatio,
      ),
      gauge('monitor_requests_under_way', 'Requests that were let in and have no head yet', this.#underWay),
      gauge('monitor_concurrency_limit', 'Requests at once that can be worked on, and a short queue', limit),
      ...(floorMs === undefined
        ? []
        : [gauge('monitor_request_floor_seconds', 'Time that a request takes without a queue', floorMs / 1_000)]),
      {
        name: 'monitor_requests_total',
        help: 'Requests that came, without vital ones',
        kind: 'counter',
        value: this.#arrived,
      },
      ...counters(
        'monitor_requests_refused_total',
        'Requests that were refused, by what was too small',
        'cause',
        this.#refused,
      ),
      ...counters(
        'monitor_requests_shed_total',
        'Requests that were refused, by priority',
        'priority',
        this.#refusedBy,
      ),
    ]
  }

  #start(exchange: HttpExchange, slot: number): HttpReply | undefined {
    const priority = this.#priorityOf(exchange)
    if (priority === 'vital') return undefined
    const nowMs = exchange.startedAtMs
    const underWay = this.#underWay
    // Before it counts: as long as it is not judged, it is neither let in nor refused.
    if (nowMs >= this.#nextLookMs) this.#look(nowMs)
    this.#arrived++
    this.#limit.arrive(underWay)
    const gate = this.#limit.gate
    const room = priority === 'normal' ? gate : shareOf(gate, SHARES[priority])
    if (underWay >= room || underWay >= this.#options.maxConcurrency)
      return this.#refuse(exchange, slot, 'concurrency', priority)
    if (this.#loop.isStrict && this.#loop.isLate(nowMs, SHARES[priority]))
      return this.#refuse(exchange, slot, 'event-loop', priority)
    this.#underWay = underWay + 1
    this.#admitted++
    this.#loop.admit()
    exchange.slots[slot] = this.#limit.start(underWay + 1, nowMs)
    return undefined
  }

  #finish(exchange: HttpExchange, slot: number, isHead: boolean): void {
    const token = exchange.slots[slot]
    if (typeof token !== 'number' || token === DONE) return
    exchange.slots[slot] = DONE
    const underWay = this.#underWay--
    this.#answered++
    if (token === UNMEASURED && this.#answered % TIMED_EACH !== 0) return
    const now = this.#clock.now()
    const tookMs = Math.max(now - exchange.startedAtMs, LEAST_MS)
    this.#timed++
    this.#timedMs += tookMs
    if (token === UNMEASURED) return
    // What failed or was given up says nothing of how long it takes.
    this.#limit.end(token, isHead && exchange.status < 500 ? tookMs : undefined, exchange.route, underWay, now)
  }

  #refuse(exchange: HttpExchange, slot: number, cause: ShedCause, priority: Exclude<ShedPriority, 'vital'>): HttpReply {
    const nowMs = exchange.startedAtMs
    exchange.slots[slot] = DONE
    this.#loop.refuse(nowMs)
    this.#refused[cause]++
    this.#refusedBy[priority]++
    this.#lastRefusedMs = nowMs
    const { demandRatio } = this
    if (!this.#isShedding) {
      this.#isShedding = true
      this.#startedMs = nowMs
      this.#refusedBefore =
        this.#refused[cause === 'concurrency' ? 'event-loop' : 'concurrency'] + this.#refused[cause] - 1
      this.#emit({ type: 'shedding:started', cause, demandRatio })
    }
    return this.#refusals.next(demandRatio)
  }

  #look(nowMs: number): void {
    this.#nextLookMs = nowMs + LOOK_EVERY_MS
    const arrived = this.#arrived - this.#seen.arrived
    const admitted = this.#admitted - this.#seen.admitted
    this.#seen.arrived = this.#arrived
    this.#seen.admitted = this.#admitted
    this.#loop.look(nowMs, arrived, admitted)
    this.#limit.look(nowMs, arrived, admitted, this.#loop.isFull ? this.#loop : undefined)
    if (!this.#isShedding || nowMs - this.#lastRefusedMs < QUIET_FOR_MS) return
    this.#isShedding = false
    const refused = this.#refused['event-loop'] + this.#refused.concurrency - this.#refusedBefore
    this.#emit({ type: 'shedding:ended', refused, lastedMs: this.#lastRefusedMs - this.#startedMs })
  }

  #priorityOf(exchange: HttpExchange): ShedPriority {
    try {
      const priority = this.#options.priority(exchange)
      if (priority === 'normal' || priority === 'vital' || priority === 'high' || priority === 'low') return priority
      // Of an asynchronous one, nobody else would hear that it rejects.
      Promise.resolve(priority as unknown).catch(() => {})
      throw new TypeError(`Expected \`shed.priority\` to return a priority, got ${typeof priority}`)
    } catch (error) {
      if (!this.#isPriorityFaulty) this.#emit({ type: 'priority:failed', error })
      this.#isPriorityFaulty = true
      return 'normal'
    }
  }
}

/** At least one more or less, so that a small gate tells them apart as well. */
function shareOf(gate: number, share: number): number {
  return share > 1
    ? Math.max(Math.ceil(gate * share), gate + 1)
    : Math.max(Math.min(Math.floor(gate * share), gate - 1), 1)
}
