import { callable, createOperation, type Operation } from '@breakwater/core'
import { abortable } from '../abortable.ts'
import { keyLike } from '../check.ts'
import type { Engine } from '../engine.ts'
import type { Entry } from '../entry.ts'
import { LoadTimeoutError } from '../errors.ts'
import { LOAD_CHANNEL } from '../events.ts'
import { type LoadOptions, resolveTimes } from '../options.ts'
import type { LeaseRequest } from '../shared/tier.ts'
import type { Space } from '../space.ts'
import { Failures } from './failures.ts'
import { Flight, type FlightOwner } from './flight.ts'
import type { Landing } from './landing.ts'
import { LoadCall, type Loader, NOT_MODIFIED } from './load-context.ts'
import { SharedLoad } from './shared-load.ts'
import { eagerAfter, toSpans, toTags, ttlOf, withJitter } from './times.ts'
import { hasCurrentFallback, hasServableFallback, isNewEnough } from './trust.ts'
import { Wish } from './wish.ts'

/** Times that a caller joins somebody else's load before it makes its own. */
const MAX_JOINS = 3

/** Loads of missing and stale values: one for each key, whoever asks. */
export class Loads implements Landing, FlightOwner {
  readonly failures: Failures
  readonly #engine: Engine
  readonly shared: SharedLoad | undefined
  readonly #operation: Operation<{ key: string }>

  constructor(engine: Engine) {
    const { clock, retryDelayMs, maxRetryDelayMs, name } = engine.options
    this.#engine = engine
    this.failures = new Failures(clock, retryDelayMs, maxRetryDelayMs)
    this.shared = engine.shared === undefined ? undefined : new SharedLoad(engine, engine.shared, this)
    this.#operation = createOperation(LOAD_CHANNEL, name)
  }

  /** The short way in, for the crowd that asks for a key which nobody has: nothing else is there to be served. */
  joinEarly(key: string, loader: unknown): Promise<unknown> | undefined {
    const engine = this.#engine
    const flight = engine.flights.get(key)
    if (flight === undefined || flight.isSettled || flight.isPartial || flight.tick !== engine.tick) return undefined
    if (flight.fallback !== undefined || typeof loader !== 'function') return undefined
    if (engine.shared !== undefined && !isNewEnough(engine, flight, engine.clock.now())) return undefined
    engine.counts.joined++
    flight.waiters++
    return flight.promise
  }

  /**
   * What a hit that is not easy, or no hit, comes to.
   *
   * @param isAbsent Whether it was seen that the first layer does not have it.
   */
  getOrSet(
    space: Space,
    key: string,
    loader: Loader<unknown>,
    options: LoadOptions | undefined,
    isAbsent: boolean,
  ): Promise<unknown> {
    try {
      this.#engine.assertOpen()
      keyLike('the key', key)
      callable('loader', loader)
      options?.signal?.throwIfAborted()
      const times = resolveTimes(options, this.#engine.options.times)
      const tags = toTags(space, options?.tags)
      const promise = this.serve(new Wish(space.prefix + key, key, times, tags, loader), isAbsent)
      return options?.signal === undefined ? promise : abortable(promise, options.signal)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Calls the loader. With a lease, what it returns goes to the shared tier as well. */
  call(flight: Flight, loader: Loader<unknown>, lease?: LeaseRequest, nowMs: number = this.#engine.clock.now()): void {
    this.board(flight, nowMs, lease)
    const call = new LoadCall(
      flight.ownKey,
      hasCurrentFallback(this.#engine, flight) ? flight.fallback : undefined,
      nowMs,
    )
    flight.call = call
    let result: Promise<unknown>
    try {
      result = this.#operation.trace({ key: flight.key }, () => Promise.resolve(loader(call)))
    } catch (error) {
      return this.fail(flight, error)
    }
    result.then(
      (value) => this.succeed(flight, value),
      (error) => this.fail(flight, error),
    )
  }

  /** A loader is about to be called for a flight. */
  board(flight: Flight, nowMs: number, lease?: LeaseRequest): void {
    const engine = this.#engine
    flight.begin(engine.timeline(flight.shard), engine.tick, nowMs, engine.reinstate(flight))
    flight.token = lease?.token
    engine.deadlines.watch(flight.dueMs)
    if (lease !== undefined) this.shared?.keepLease(flight, lease)
  }

  /** There is a stale value for callers that have waited long enough. */
  limitWait(flight: Flight): void {
    const { fallback, isSettled, softLimit, times } = flight
    if (times.softTimeoutMs === 0 || fallback === undefined || isSettled || softLimit !== undefined) return
    const { clock, deadlines } = this.#engine
    flight.softLimit = { dueMs: clock.now() + times.softTimeoutMs, onTimeout: () => this.#serveFallback(flight) }
    deadlines.add(flight.softLimit)
  }

  /** Another process loads: callers wait for it and for an own load together no longer than for a load. */
  limitPatience(flight: Flight, nowMs: number): void {
    if (flight.patience !== undefined) return
    flight.patience = { dueMs: nowMs + flight.times.hardTimeoutMs, onTimeout: () => this.#onImpatience(flight) }
    this.#engine.deadlines.add(flight.patience)
  }

  /** A loader returned. */
  succeed(flight: Flight, result: unknown): void {
    if (flight.isOver) return
    const { call, times } = flight
    const isUnmodified = result === NOT_MODIFIED
    const value = isUnmodified ? call?.previous?.value : result
    if (value === undefined) {
      if (flight.isPartial) return this.#leaveOut(flight)
      const text = `Expected the loader of "${flight.ownKey}" to return a value, or null for none, got undefined`
      return this.fail(flight, new TypeError(text))
    }
    const engine = this.#engine
    this.#end(flight)
    engine.counts.loads++
    engine.counts.loadSeconds.record((engine.clock.now() - flight.bornMs) / 1_000)
    if (isUnmodified) flight.addTags(call?.previousTags)
    flight.addTags(call?.chosenTags)
    const ttlMs = withJitter(call?.chosenTtlMs ?? ttlOf(value, times), times, engine.options.random)
    let stored: Promise<void> | undefined
    try {
      if (ttlMs > 0) stored = this.#keep(flight, value, ttlMs)
      else this.shared?.release(flight)
    } catch (error) {
      engine.counts.loadFailures++
      return this.#reject(flight, error)
    }
    this.failures.delete(flight.key)
    flight.settleAfter(stored, value)
  }

  /** A loader threw, or took too long. */
  fail(flight: Flight, error: unknown): void {
    if (flight.isOver) return
    this.#end(flight)
    this.#engine.counts.loads++
    this.#engine.counts.loadFailures++
    this.#reject(flight, error)
  }

  /** A load failed, as the shared tier tells: that of another process, or one of this process a moment ago. */
  failElsewhere(flight: Flight, error: unknown, id: string | undefined): void {
    if (flight.isOver) return
    const known = this.failures.recall(flight.key, id)
    this.#end(flight)
    if (known === undefined) return this.#reject(flight, error, id)
    this.#engine.counts.heldBack += flight.waiters
    if (!this.#serveFallback(flight) && !flight.isSettled) flight.reject(known.error)
  }

  /** Answers callers with what another process had, or said. */
  answer(flight: Flight, value: unknown): void {
    if (flight.isOver) return
    this.#end(flight)
    flight.settle(value)
  }

  /**
   * Serves a caller: from the first layer, from a load that is under way, or from a new one.
   *
   * @param isAbsent Whether it was seen that the first layer does not have it.
   * @param joins Loads that were joined before, for nothing.
   */
  serve(wish: Wish, isAbsent: boolean, joins = 0): Promise<unknown> {
    const nowMs = this.#engine.clock.now()
    this.#engine.sample(nowMs)
    const served = this.serveOrBegin(wish, isAbsent, nowMs, joins)
    if (!(served instanceof Flight)) return served
    this.#fly(served, wish, nowMs)
    return served.promise
  }

  /** The same, but a new load is left to the caller, who has several. */
  serveOrBegin(wish: Wish, isAbsent: boolean, nowMs: number, joins = 0): Promise<unknown> | Flight {
    const engine = this.#engine
    const { counts } = engine
    const entry = isAbsent ? undefined : engine.find(wish.key, nowMs)
    if (entry !== undefined && nowMs < entry.staleUntilMs) {
      const isFresh = nowMs < entry.freshUntilMs
      if (isFresh) counts.memoryHits++
      else counts.staleServes++
      if (!isFresh || nowMs >= entry.easyUntilMs) this.#refresh(wish, entry, nowMs)
      return entry.toPromise()
    }
    const failure = this.failures.get(wish.key)
    if (failure !== undefined) {
      counts.heldBack++
      if (entry === undefined) return Promise.reject(failure.error)
      counts.graceServes++
      return entry.toPromise()
    }
    const other = joins < MAX_JOINS ? engine.flights.get(wish.key) : undefined
    if (other !== undefined) return this.#join(other, wish, nowMs, joins)
    const flight = this.#begin(wish, entry)
    flight.waiters++
    return flight
  }

  #begin(wish: Wish, fallback: Entry | undefined): Flight {
    const engine = this.#engine
    const shard = engine.shardOf(wish.key)
    const flight = new Flight(wish, shard, fallback, this)
    flight.tick = engine.tick
    flight.epoch = engine.timeline(shard).epoch
    engine.enlist(flight)
    this.limitWait(flight)
    return flight
  }

  #join(flight: Flight, wish: Wish, nowMs: number, joins: number): Promise<unknown> {
    const engine = this.#engine
    engine.counts.joined++
    if (flight.isSettled) {
      // By a stale value, which may be too old by now.
      const { fallback, times } = flight
      if (times.softTimeoutMs > 0 && fallback !== undefined && hasServableFallback(engine, flight)) {
        engine.counts.graceServes++
        return fallback.toPromise()
      }
      flight.reopen()
    }
    flight.waiters++
    const isNew = isNewEnough(engine, flight, nowMs)
    if (isNew && flight.tick === engine.tick && (!flight.isPartial || wish.isPartial)) return flight.promise
    // Tags were invalidated since it began, and only its end tells which are its: what is void by then is asked for again.
    return flight.promise.then((value) =>
      isNew &&
      (value !== undefined || wish.isPartial) &&
      flight.epoch === engine.timeline(flight.shard).epoch &&
      engine.timeline(flight.shard).isCurrent(flight.since.seq, flight.tick, flight.tags)
        ? value
        : this.serve(wish, false, joins + 1),
    )
  }

  #refresh(wish: Wish, entry: Entry, nowMs: number): void {
    if (this.#engine.flights.has(wish.key) || this.failures.get(wish.key) !== undefined) return
    const flight = this.#begin(wish, entry)
    flight.promise.catch(() => {})
    this.#fly(flight, wish, nowMs)
  }

  #fly(flight: Flight, { loader }: Wish, nowMs: number): void {
    const shared = this.shared
    if (shared === undefined) {
      this.countMiss(flight)
      this.call(flight, loader, undefined, nowMs)
    } else shared.fly(flight, loader, nowMs)
  }

  /** The shared tier, too, has nothing fresh. A refresh is nobody's read. */
  countMiss(flight: Flight): void {
    if (flight.waiters > 0) this.#engine.counts.misses++
  }

  /** Into the first layer, unless something was invalidated meanwhile; and into the second one, which checks that itself. */
  #keep(flight: Flight, value: unknown, ttlMs: number): Promise<void> | undefined {
    const engine = this.#engine
    const { times, since, tags } = flight
    // First, as it throws what cannot be serialised.
    const encoded = flight.token === undefined ? undefined : engine.options.codec.encode(flight.key, value)
    const spans = toSpans(value, ttlMs, times)
    const timeline = engine.timeline(flight.shard)
    if (flight.fencedSeq > 0 || flight.epoch !== timeline.epoch || !timeline.isCurrent(since.seq, flight.tick, tags)) {
      engine.counts.fenced++
      this.shared?.release(flight)
      return undefined
    }
    const life = engine.common.toLifetime(flight.bornMs, spans, eagerAfter(ttlMs, times))
    const entry = engine.install(flight.key, value, since.seq, tags, life)
    return encoded === undefined ? undefined : this.shared?.fill(flight, encoded, spans, entry)
  }

  /** A loader of several keys said nothing of this one: it is not there any more. */
  #leaveOut(flight: Flight): void {
    const { memory, counts } = this.#engine
    const { key, fallback, fencedSeq } = flight
    this.#end(flight)
    counts.loads++
    this.failures.delete(key)
    const isStale = fencedSeq === 0 && fallback !== undefined
    if (isStale && memory.peek(key) === fallback) memory.delete(key)
    const stored = isStale && flight.token !== undefined ? this.shared?.fillNothing(flight) : undefined
    if (stored === undefined) this.shared?.release(flight)
    flight.settleAfter(stored, undefined)
  }

  #reject(flight: Flight, error: unknown, id: string | undefined = flight.token): void {
    const engine = this.#engine
    // Of what the key was before it changed, nobody has to hear.
    const delayMs = flight.fencedSeq > 0 ? 0 : this.failures.add(flight.key, error, id)
    this.shared?.releaseFailed(flight, error, delayMs)
    const isSilent = flight.isSettled || flight.waiters === 0
    if (isSilent || !this.#serveFallback(flight)) {
      if (!flight.isSettled) flight.reject(error)
      if (!isSilent) return
    }
    engine.events.emitFailure({ type: 'load:failed', key: flight.key, error })
  }

  /** Answers callers with the stale value, if there is one that was not invalidated meanwhile. */
  #serveFallback(flight: Flight): boolean {
    const { fallback } = flight
    if (flight.isSettled || fallback === undefined || !hasServableFallback(this.#engine, flight)) return false
    this.#engine.counts.graceServes += flight.waiters
    flight.resolve(fallback.value)
    return true
  }

  onTimeout(flight: Flight): void {
    if (flight.isOver) return
    const error = new LoadTimeoutError(flight.ownKey, flight.times.hardTimeoutMs)
    flight.call?.abort(error)
    this.#engine.counts.loadTimeouts++
    this.fail(flight, error)
  }

  /** An own loader that was called late has its time, for those who come later. */
  #onImpatience(flight: Flight): void {
    const error = new LoadTimeoutError(flight.ownKey, flight.times.hardTimeoutMs)
    if (flight.call === undefined) this.failElsewhere(flight, error, undefined)
    else if (!this.#serveFallback(flight) && !flight.isSettled) flight.reject(error)
  }

  #end(flight: Flight): void {
    const engine = this.#engine
    flight.isOver = true
    flight.stopRenewal?.()
    if (flight.softLimit !== undefined) engine.deadlines.delete(flight.softLimit)
    if (flight.patience !== undefined) engine.deadlines.delete(flight.patience)
    engine.dismiss(flight)
  }
}
