import type { Clock, HttpExchange } from '@breakwater/core'
import { createRandom, type Happening, Timetable } from '@breakwater/testing/simulation'
import type { ShedEvent } from '../../src/lib/shed/events.ts'
import { resolveShedOptions, type ShedOptions } from '../../src/lib/shed/options.ts'
import { Shedder } from '../../src/lib/shed/shedder.ts'

/** What a request does in a simulated process. Times are milliseconds. */
export interface Work {
  /** CPU before it waits for the pool. */
  readonly before: number
  /** Time on a connection of the pool, or what it is at the moment it gets one. `0`: it does not need one. */
  readonly pooled: number | ((ms: number) => number)
  /** CPU after that. */
  readonly after: number
  /** Pattern of its route. */
  readonly route?: string
}

/** A process, what it gets, and how long. */
export interface SimulationOptions {
  /** How much of each, for the n-th request. */
  readonly work: (index: number, random: () => number) => Work
  /** Connections in the pool. */
  readonly connections: number
  /** Requests per second, at a moment; or so many clients that ask again as soon as they have an answer. */
  readonly rate: ((ms: number) => number) | { readonly clients: number }
  /** For how long the process is not run before a request, if at all. */
  readonly pauseMs?: (random: () => number) => number
  readonly lengthMs: number
  readonly seed: number
  /** What happens before is not counted. */
  readonly fromMs?: number
  readonly shed?: ShedOptions | false
}

/** What came of it. */
export interface SimulationResult {
  /** Answers within the deadline, in each second. */
  readonly perSecond: readonly number[]
  readonly goodput: number
  /** Standard deviation between seconds over their mean. */
  readonly variation: number
  readonly refused: number
  readonly offered: number
  readonly p50: number
  readonly p99: number
  readonly events: readonly ShedEvent[]
  readonly demandRatio: number
  /** What the shedder says of itself at the end. */
  readonly numbers: Readonly<Record<string, number>>
}

const DEADLINE_MS = 1_000
const PARSE_MS = 0.02
const REFUSE_MS = 0.04
const ROUND_TRIP_MS = 0.2

interface Ready extends Happening {
  readonly run: () => void
}

/**
 * Plays a process of one thread that works its events off in turns, as Node does, behind a shedder.
 *
 * @param options What it gets.
 */
export function simulate(options: SimulationOptions): SimulationResult {
  const { work, connections, rate, pauseMs, lengthMs, seed, fromMs = 0, shed = {} } = options
  const random = createRandom(seed)
  let t = 1
  let idleMs = 0
  let turns = 0
  const table = new Timetable<Ready>()
  const events: ShedEvent[] = []
  const clock: Clock = {
    now: () => t,
    coarse: () => t,
    epoch: () => t,
    after: () => () => {},
    sleep: () => Promise.reject(new Error('nobody sleeps here')),
  }
  const shedder =
    shed === false
      ? undefined
      : new Shedder(resolveShedOptions(shed), { emit: (event) => void events.push(event) }, clock, {
          idleMs: () => idleMs,
          turns: () => turns,
          connections: () => 0,
          close: () => {},
        })

  const latencies: number[] = []
  const perSecond = new Array<number>(Math.ceil((lengthMs - fromMs) / 1_000)).fill(0)
  let refused = 0
  let offered = 0
  let free = connections
  const waiting: (() => void)[] = []
  let head = 0

  const at = (atMs: number, run: () => void): void => table.add({ atMs, run })

  function arrive(index: number, due: number): void {
    t += PARSE_MS + (pauseMs?.(random) ?? 0)
    const counts = due >= fromMs
    if (counts) offered++
    const { before, pooled, after, route } = work(index, random)
    const exchange = {
      startedAtMs: t,
      status: 200,
      slots: [],
      path: '/x',
      method: 'GET',
      route,
    } as unknown as HttpExchange
    if (shedder?.hook.onStart?.(exchange, 0) !== undefined) {
      if (counts) refused++
      t += REFUSE_MS
      shedder.hook.onHead?.(exchange, 0)
      return askAgain()
    }
    t += before
    if (pooled === 0) return finish(exchange, due, after)
    const take = (): void => {
      at(t + (typeof pooled === 'number' ? pooled : pooled(t)), () => {
        const next = waiting[head]
        if (next === undefined) free++
        else {
          head++
          next()
        }
        finish(exchange, due, after)
      })
    }
    if (free > 0) {
      free--
      take()
    } else waiting.push(take)
  }

  function finish(exchange: HttpExchange, due: number, after: number): void {
    t += after
    shedder?.hook.onHead?.(exchange, 0)
    askAgain()
    if (due < fromMs) return
    latencies.push(t - due)
    const second = Math.floor((t - fromMs) / 1_000)
    if (t - due <= DEADLINE_MS && second < perSecond.length) perSecond[second] = (perSecond[second] as number) + 1
  }

  let index = 0
  function askAgain(): void {
    const due = t
    const number = index++
    if (typeof rate === 'object' && due < lengthMs) at(due + ROUND_TRIP_MS, () => arrive(number, due))
  }
  if (typeof rate === 'object') for (let client = 0; client < rate.clients; client++) askAgain()
  else
    for (let due = t; due < lengthMs; due += (-Math.log(1 - random()) * 1_000) / rate(due)) {
      const number = index++
      const dueMs = due
      at(dueMs, () => arrive(number, dueMs))
    }
  for (let first = table.next; first !== undefined; first = table.next) {
    turns++
    if (first.atMs > t) {
      idleMs += first.atMs - t
      t = first.atMs
    }
    const turn: Ready[] = []
    while ((table.next?.atMs ?? Infinity) <= t) turn.push(table.take() as Ready)
    for (const { run } of turn) run()
  }
  latencies.sort((a, b) => a - b)
  const mean = perSecond.reduce((sum, each) => sum + each, 0) / perSecond.length
  const variance = perSecond.reduce((sum, each) => sum + (each - mean) ** 2, 0) / perSecond.length
  return {
    perSecond,
    goodput: mean,
    variation: Math.sqrt(variance) / mean,
    refused,
    offered,
    p50: latencies[Math.floor(latencies.length * 0.5)] as number,
    p99: latencies[Math.floor(latencies.length * 0.99)] as number,
    events,
    demandRatio: shedder?.demandRatio ?? Number.NaN,
    numbers: Object.fromEntries(
      (shedder?.measure() ?? []).map(({ name, labels, value }) => [
        [name, ...Object.values(labels ?? {})].join(' '),
        value as number,
      ]),
    ),
  }
}
