import {
  createEmitter,
  type Emitter,
  type Measured,
  type Measurement,
  nonEmptyString,
  type Observable,
} from '@breakwater/core'
import { Breaker, type CircuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import { CircuitCounts, measureCounts, measureStates } from '../circuit-breaker/counts.ts'
import type { CircuitHost } from '../circuit-breaker/host.ts'
import type { ResolvedCircuitBreakerOptions } from '../circuit-breaker/options.ts'
import { RESILIENCE_CHANNEL, type ResilienceEvent } from '../events.ts'
import { counter } from '../measurements.ts'
import { type CircuitBreakerRegistryOptions, resolveRegistryOptions } from './options.ts'

/** A circuit breaker of a registry. It has no numbers of its own: the registry has those of all. */
export type KeyedCircuitBreaker = Omit<CircuitBreaker, 'measure' | 'kind'>

/** Circuit breakers by key, such as one for each host or tenant. */
export interface CircuitBreakerRegistry extends Measured, Observable<ResilienceEvent> {
  /** Circuit breakers that are kept. */
  readonly size: number
  /**
   * Finds the circuit breaker of a key, or makes one.
   *
   * @param key Such as a host. Not a secret: it is in errors and events.
   * @returns Always the same one while it is kept. Ask anew for each call: it may have been let go of.
   * @throws {TypeError} If the key is no string, or an empty one.
   */
  get(key: string): KeyedCircuitBreaker
  /**
   * Forgets one, whatever its state.
   *
   * @param key Its key.
   * @returns Whether it was there.
   */
  delete(key: string): boolean
  /** Those that are kept, with their keys: first those that are closed, the least recently used one first. */
  entries(): IterableIterator<[string, KeyedCircuitBreaker]>
}

/**
 * Creates a registry of circuit breakers that are all made alike.
 *
 * It is bounded: for a new key, the closed one that was used least recently goes. One that refuses calls, probes or is held
 * by hand never goes; if none is closed, one whose open time is over does. If there is none of these either, the new key
 * gets a circuit breaker that works but is not kept, and `registry:full` is told.
 *
 * @param options Of the registry and of each circuit breaker in it.
 * @throws {TypeError | RangeError} If an option is wrong, naming it.
 *
 * @example
 * ```ts
 * const hosts = createCircuitBreakerRegistry({ name: 'webhooks', maxEntries: 5_000 })
 * const answer = await hosts.get(url.host).execute(({ signal }) => fetch(url, { signal }))
 * ```
 */
export function createCircuitBreakerRegistry(options: CircuitBreakerRegistryOptions): CircuitBreakerRegistry {
  return new Registry(options)
}

/** Of those that are not closed, how many are looked at to find one that may go. They stand in the order of their changes. */
const MOST_LOOKED_AT = 8

class Registry implements CircuitBreakerRegistry {
  readonly kind = 'breaker'
  readonly name: string
  readonly counts: CircuitCounts = new CircuitCounts()
  readonly events: Emitter<ResilienceEvent>
  readonly subscribe: Emitter<ResilienceEvent>['subscribe']
  readonly #options: ResolvedCircuitBreakerOptions
  readonly #maxEntries: number
  /** The least recently used one first. */
  readonly #closed = new Map<string, Breaker>()
  /** The one whose state changed longest ago first. */
  readonly #others = new Map<string, Breaker>()
  #latestKey: string | undefined = undefined
  #isFull = false
  #evicted = 0
  #overflowed = 0

  constructor(options: CircuitBreakerRegistryOptions) {
    const { maxEntries, breaker } = resolveRegistryOptions(options)
    this.name = breaker.name
    this.events = createEmitter(RESILIENCE_CHANNEL, breaker.name)
    this.subscribe = this.events.subscribe
    this.#options = breaker
    this.#maxEntries = maxEntries
  }

  get size(): number {
    return this.#closed.size + this.#others.size
  }

  get(key: string): Breaker {
    const breaker = this.#closed.get(key)
    if (breaker === undefined) return this.#others.get(key) ?? this.#make(nonEmptyString('key', key))
    if (this.#latestKey !== key) {
      this.#latestKey = key
      this.#closed.delete(key)
      this.#closed.set(key, breaker)
    }
    return breaker
  }

  delete(key: string): boolean {
    return this.#closed.delete(key) || this.#others.delete(key)
  }

  *entries(): IterableIterator<[string, Breaker]> {
    yield* this.#closed
    yield* this.#others
  }

  measure(): readonly Measurement[] {
    const now = this.#options.clock.now()
    const inState = new Map<string, number>([['closed', this.#closed.size]])
    let { openMs } = this.counts
    for (const breaker of this.#others.values()) {
      openMs += Breaker.openSinceMs(breaker, now)
      inState.set(breaker.state, (inState.get(breaker.state) ?? 0) + 1)
    }
    return [
      ...measureCounts(this.counts, openMs),
      ...measureStates((state) => inState.get(state) ?? 0),
      counter('breaker_evicted_total', 'Circuit breakers that a registry let go of for others', this.#evicted),
      counter(
        'breaker_not_kept_total',
        'Circuit breakers that a full registry made and did not keep',
        this.#overflowed,
      ),
    ]
  }

  /** A circuit changed its state. One that was let go of or replaced meanwhile stays out. */
  onChange(key: string): void {
    const breaker = this.#closed.get(key) ?? this.#others.get(key)
    if (breaker === undefined) return
    this.delete(key)
    const isClosed = breaker.state === 'closed'
    if (isClosed) this.#latestKey = key
    ;(isClosed ? this.#closed : this.#others).set(key, breaker)
  }

  #make(key: string): Breaker {
    const breaker = new Breaker(this.#options, new Place(this, key))
    if (this.size >= this.#maxEntries && !this.#evict()) {
      this.#overflowed++
      if (!this.#isFull) this.events.emit({ type: 'registry:full', entries: this.size })
      this.#isFull = true
      return breaker
    }
    this.#isFull = false
    this.#latestKey = key
    this.#closed.set(key, breaker)
    return breaker
  }

  #evict(): boolean {
    const now = this.#options.clock.now()
    const [oldest = this.#findDue(now)] = this.#closed.keys()
    if (oldest === undefined) return false
    this.#evicted++
    return this.delete(oldest)
  }

  /** One that is open, but would let the next call through. */
  #findDue(now: number): string | undefined {
    let looks = 0
    for (const [key, breaker] of this.#others) {
      if (Breaker.isDue(breaker, now)) return key
      if (++looks === MOST_LOOKED_AT) break
    }
    return undefined
  }
}

/** Where one of a registry belongs. */
class Place implements CircuitHost {
  readonly key: string
  readonly #registry: Registry

  constructor(registry: Registry, key: string) {
    this.#registry = registry
    this.key = key
  }

  get counts(): CircuitCounts {
    return this.#registry.counts
  }

  get events(): Emitter<ResilienceEvent> {
    return this.#registry.events
  }

  onChange(): void {
    this.#registry.onChange(this.key)
  }
}
