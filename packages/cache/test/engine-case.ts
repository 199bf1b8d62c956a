import type { Cache, CacheOptions, createCache } from '@breakwater/cache'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { type FakeNode, FakeServer } from './fake-tier.ts'

/** Something a cache must do, whichever build of it is given. Throws if it does not. */
export interface EngineCase {
  readonly name: string
  run(create: typeof createCache): Promise<void>
}

/** A cache on a clock of its own. */
export interface Alone {
  readonly cache: Cache
  readonly clock: ManualClock
}

export function alone(create: typeof createCache, options: Partial<CacheOptions> = {}): Alone {
  const clock = createManualClock()
  const cache = create({ name: 'test', clock, random: () => 0, ...options })
  // Without a listener, failures become warnings.
  cache.subscribe(() => {})
  return { clock, cache }
}

/** Processes on one tier. */
export interface Together {
  readonly clock: ManualClock
  readonly server: FakeServer
  readonly caches: readonly Cache[]
  readonly nodes: readonly FakeNode[]
  /** The first of each. */
  readonly cache: Cache
  readonly node: FakeNode
  /** Lets everything happen that needs no time, or some. */
  pass(ms?: number): Promise<void>
}

export interface TogetherOptions extends Partial<CacheOptions> {
  readonly processes?: number
  readonly shards?: number
  /** Called with each side before it is connected. */
  readonly prepare?: (node: FakeNode) => void
}

export async function together(
  create: typeof createCache,
  { processes = 1, shards = 1, prepare, ...options }: TogetherOptions = {},
): Promise<Together> {
  const clock = createManualClock()
  const server = new FakeServer(clock, shards)
  const nodes = Array.from({ length: processes }, () => server.node())
  for (const node of nodes) prepare?.(node)
  const caches = nodes.map((shared) => create({ name: 'test', clock, shared, random: () => 0, ...options }))
  for (const cache of caches) cache.subscribe(() => {})
  const [cache] = caches as [Cache]
  const [node] = nodes as [FakeNode]
  const pass = (ms = 0): Promise<void> => clock.advanceAsync(ms)
  // The first contact.
  if (prepare === undefined) await pass(10)
  return { clock, server, caches, nodes, cache, node, pass }
}

/** A loader that ends when the test says so. */
export class Source {
  calls = 0
  signal: AbortSignal | undefined
  readonly #ends: { resolve(value: unknown): void; reject(error: unknown): void }[] = []

  readonly load = (context: { readonly signal: AbortSignal }): Promise<never> => {
    this.calls++
    this.signal = context.signal
    return new Promise((resolve, reject) => this.#ends.push({ resolve: resolve as (value: unknown) => void, reject }))
  }

  /** Ends the oldest call that runs. */
  end(value: unknown): void {
    this.#ends.shift()?.resolve(value)
  }

  fail(error: unknown): void {
    this.#ends.shift()?.reject(error)
  }
}

/** A policy that lets everything through, in place of the gate. */
export const noGate = {
  execute: async <result>(run: (context: { signal: AbortSignal }) => result | PromiseLike<result>): Promise<result> =>
    run({ signal: new AbortController().signal }),
}

/** A number of a cache, by its name and label. */
export function numberOf(cache: Cache, name: string, label?: string): unknown {
  return cache
    .measure()
    .find(
      (item) => item.name === `cache_${name}` && (label === undefined || Object.values(item.labels ?? {})[0] === label),
    )?.value
}

/** What a promise came to, without waiting for it. */
export function outcome(promise: Promise<unknown>): { value?: unknown; error?: unknown; isOver: boolean } {
  const seen: { value?: unknown; error?: unknown; isOver: boolean } = { isOver: false }
  promise.then(
    (value) => Object.assign(seen, { value, isOver: true }),
    (error) => Object.assign(seen, { error, isOver: true }),
  )
  return seen
}
