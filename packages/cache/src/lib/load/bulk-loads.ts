import { callable } from '@breakwater/core'
import { abortable } from '../abortable.ts'
import { keyLike } from '../check.ts'
import type { Engine } from '../engine.ts'
import { type LoadOptions, resolveTimes } from '../options.ts'
import type { LeaseRequest } from '../shared/tier.ts'
import type { Space } from '../space.ts'
import type { Flight } from './flight.ts'
import { LoadCall, type Loader } from './load-context.ts'
import type { Loads } from './loads.ts'
import type { FirstLook, SharedLoad } from './shared-load.ts'
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

/** A load whose loader is to be called, after all. */
interface Late {
  readonly flight: Flight
  readonly lease: LeaseRequest | undefined
}

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
      const wishes = [...new Set(keys)].map((key) => new Wish(space.prefix + key, key, times, tags, alone, true))
      const result = this.#collect(wishes, loader)
      return options?.signal === undefined ? result : abortable(result, options.signal)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async #collect(wishes: readonly Wish[], loader: BulkLoader<unknown>): Promise<Map<string, unknown>> {
    const flights: Flight[] = []
    const served = wishes.map((wish) => {
      const promise = this.#loads.serve(wish, (flight) => flights.push(flight))
      // Awaited together below, and one may fail before.
      promise.catch(() => {})
      return promise
    })
    if (flights.length > 0) this.#engine.inBackground(this.#fly(flights, loader))
    const result = new Map<string, unknown>()
    for (const [index, promise] of served.entries()) {
      const value = await promise
      if (value !== undefined) result.set((wishes[index] as Wish).ownKey, value)
    }
    return result
  }

  async #fly(flights: readonly Flight[], loader: BulkLoader<unknown>): Promise<void> {
    const { shared } = this.#loads
    const recent = this.#engine.shared?.recent
    if (shared === undefined || recent === undefined) return this.#call(flights, loader)
    const lease = shared.toLease()
    const reading = recent.begin()
    const looks = await shared.lookMany(flights, lease, reading)
    const mine = flights.filter((_, index) => looks[index]?.read.kind === 'leased')
    // What others load, or has to be looked at more closely, takes its own time.
    const late = flights.map((flight, index) => this.#lookAgain(shared, flight, looks[index], lease))
    recent.end(reading)
    if (mine.length > 0) this.#call(mine, loader, lease)
    await this.#callAsReady(late, loader, lease)
  }

  /** Those that are ready at the same time are one call. Nobody waits, with a lease in hand, for what others are loading. */
  async #callAsReady(
    late: readonly Promise<readonly Late[]>[],
    loader: BulkLoader<unknown>,
    lease: LeaseRequest,
  ): Promise<void> {
    let ready: Late[] = []
    let waiting = late.length
    const flush = (): void => {
      const items = ready.filter(({ flight, lease: own }) => {
        if (flight.isOver && own !== undefined) this.#loads.shared?.release(flight, own)
        return !flight.isOver
      })
      ready = []
      for (const own of [undefined, lease]) {
        const group = items.filter((item) => item.lease === own).map(({ flight }) => flight)
        if (group.length > 0) this.#call(group, loader, own)
      }
    }
    const note = (items: readonly Late[]): void => {
      waiting--
      if (ready.length === 0 && items.length > 0 && waiting > 0) setImmediate(flush)
      ready.push(...items)
      if (waiting === 0) flush()
    }
    await Promise.all(late.map((look) => look.then(note)))
  }

  /** What the first look at all of them left to do: nothing, or a call of the loader. */
  async #lookAgain(
    shared: SharedLoad,
    flight: Flight,
    first: FirstLook | undefined,
    lease: LeaseRequest,
  ): Promise<readonly Late[]> {
    if (first?.read.kind === 'leased') return []
    if (first !== undefined) this.#engine.shared?.recent.join(first.reading)
    const look = first === undefined ? 'alone' : await shared.look(flight, this.#loads, first, lease)
    if (look === 'answered') return []
    if (!flight.isOver) return [{ flight, lease: look === 'alone' ? undefined : lease }]
    shared.release(flight, look)
    return []
  }

  /** One call of the loader for all. */
  #call(flights: readonly Flight[], loader: BulkLoader<unknown>, lease?: LeaseRequest): void {
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
