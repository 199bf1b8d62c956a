import { callable } from '@breakwater/core'
import { abortable } from '../abortable.ts'
import { keyLike } from '../check.ts'
import type { Engine } from '../engine.ts'
import { type LoadOptions, resolveTimes } from '../options.ts'
import type { LeaseRequest } from '../shared/tier.ts'
import type { Space } from '../space.ts'
import { Flight } from './flight.ts'
import { LoadCall, type Loader } from './load-context.ts'
import type { Loads } from './loads.ts'
import type { Look, Outcome } from './look.ts'
import { toTags } from './times.ts'
import { Wish } from './wish.ts'

/** What a loader of several keys is told, and can say of all of them. */
export interface BulkLoadContext {
  /** Aborts when the loader exceeds its hard limit, or the cache is closed. */
  readonly signal: AbortSignal
  /** Adds tags to those of the call, for all values. */
  tag(...tags: string[]): void
  /**
   * Chooses the ttl of all values, in place of the call's.
   *
   * @param ttlMs Milliseconds; `0` keeps nothing.
   */
  ttl(ttlMs: number): void
}

/**
 * Reads the values of several keys from their source.
 *
 * @param keys The keys that are missing, without the prefixes of namespaces.
 * @param context What can be said about the values.
 * @returns The values by key. What is left out is not stored, and not there.
 */
export type BulkLoader<value, key extends string = string> = (
  keys: readonly key[],
  context: BulkLoadContext,
) => ReadonlyMap<string, value> | PromiseLike<ReadonlyMap<string, value>>

/** Loads of several keys with one call of a loader. */
export class BulkLoads {
  readonly #engine: Engine
  readonly #loads: Loads

  constructor(engine: Engine, loads: Loads) {
    this.#engine = engine
    this.#loads = loads
  }

  getOrSetMany(
    space: Space,
    keys: readonly string[],
    loader: BulkLoader<unknown>,
    options?: LoadOptions,
  ): Promise<Map<string, unknown>> {
    try {
      this.#engine.assertOpen()
      for (const key of keys) keyLike('each key', key)
      callable('loader', loader)
      options?.signal?.throwIfAborted()
      const times = resolveTimes(options, this.#engine.options.times)
      const tags = toTags(space, options?.tags)
      // A key that has to be asked for alone is asked for with the same loader.
      const alone: Loader<unknown> = async (context) => (await loader([context.key], context)).get(context.key)
      const toWish = (key: string): Wish => new Wish(space.prefix + key, key, times, tags, alone, true)
      const result = this.#collect(space, keys, toWish, loader)
      return options?.signal === undefined ? result : abortable(result, options.signal)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async #collect(
    { prefix }: Space,
    keys: readonly string[],
    toWish: (key: string) => Wish,
    loader: BulkLoader<unknown>,
  ): Promise<Map<string, unknown>> {
    const engine = this.#engine
    const nowMs = engine.clock.now()
    engine.sample(nowMs)
    // In the order of the keys, and each once.
    const result = new Map<string, unknown>()
    const own: Flight[] = []
    const others: { readonly key: string; readonly promise: Promise<unknown> }[] = []
    const later = (key: string, promise: Promise<unknown>): void => {
      // They are awaited one after the other, and one may fail before.
      promise.catch(() => {})
      others.push({ key, promise })
    }
    for (const key of keys) {
      if (result.has(key)) continue
      const entry = engine.find(prefix + key, nowMs)
      const isEasy = entry !== undefined && nowMs < entry.easyUntilMs && nowMs < entry.freshUntilMs
      result.set(key, isEasy ? entry.value : undefined)
      if (isEasy) {
        engine.counts.memoryHits++
        continue
      }
      const served = this.#loads.serveOrBegin(toWish(key), entry === undefined, nowMs)
      if (served instanceof Flight) own.push(served)
      else later(key, served)
    }
    if (own.length > 0) await engine.track(this.#fly(own, loader))
    for (const flight of own)
      if (flight.isSettled && !flight.hasFailed) result.set(flight.ownKey, flight.value)
      else later(flight.ownKey, flight.promise)
    for (const { key, promise } of others) result.set(key, await promise)
    for (const [key, value] of result) if (value === undefined) result.delete(key)
    return result
  }

  /**
   * Looks for all of them, and calls the loader for those that have to be loaded: with one call for all that are ready at the same
   * time. Nobody waits, with a lease in hand, for what others are loading.
   */
  async #fly(flights: readonly Flight[], loader: BulkLoader<unknown>): Promise<void> {
    const { shared } = this.#loads
    if (shared === undefined) return this.#call(flights, loader)
    const lease = shared.toLease()
    let ready: Flight[] = []
    let alone: Flight[] = []
    let waiting = flights.length
    let isFirst = true
    const flush = (): void => {
      for (const flight of ready) if (flight.isOver) shared.release(flight, lease)
      this.#call(ready, loader, lease)
      this.#call(alone, loader)
      ready = []
      alone = []
    }
    const end = ({ flight }: Look, outcome: Outcome): void => {
      waiting--
      if (!isFirst && outcome !== 'answered' && waiting > 0 && ready.length + alone.length === 0) setImmediate(flush)
      if (outcome === 'alone') alone.push(flight)
      else if (outcome !== 'answered') ready.push(flight)
      if (!isFirst && waiting === 0) flush()
    }
    await shared.lookMany(flights, lease, end)
    isFirst = false
    flush()
  }

  /** One call of the loader for all that are not over. */
  #call(wanted: readonly Flight[], loader: BulkLoader<unknown>, lease?: LeaseRequest): void {
    const flights = wanted.filter(({ isOver }) => !isOver)
    if (flights.length === 0) return
    const engine = this.#engine
    const call = new LoadCall('')
    const nowMs = engine.clock.now()
    for (const flight of flights) {
      this.#loads.countMiss(flight)
      this.#loads.board(flight, nowMs, lease)
      flight.call = call
    }
    const fail = (error: unknown): void => {
      for (const flight of flights) this.#loads.fail(flight, error)
    }
    let result: Promise<ReadonlyMap<string, unknown>>
    try {
      result = Promise.resolve(
        loader(
          flights.map(({ ownKey }) => ownKey),
          call,
        ),
      )
    } catch (error) {
      return fail(error)
    }
    result.then((values) => {
      if (!(values instanceof Map)) return fail(new TypeError('Expected the loader of several keys to return a Map'))
      for (const flight of flights) this.#loads.succeed(flight, values.get(flight.ownKey))
    }, fail)
  }
}
