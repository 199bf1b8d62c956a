import { setTimeout as sleep } from 'node:timers/promises'
import { type Cache, createCache } from '../../src/index.ts'
import type { Engine } from '../../src/lib/engine.ts'
import type { SharedTier } from '../../src/lib/shared/tier.ts'
import { createRedisTier } from '../../src/redis.ts'
import { openTierClient } from './clients.ts'
import { breakTier } from './faults.ts'
import { LoadGate } from './load-gate.ts'
import {
  type CallError,
  type ChangeRecord,
  covered,
  EVERY_KEY,
  type Occurrence,
  type ReadHow,
  type ReadRecord,
  type Seen,
  type Setup,
  sharedNow,
  TAGS,
  type WriteHow,
} from './messages.ts'

const SEE_LIMIT_MS = 5_000
const LOADER_FAILURE = 'LoaderFailure'

/** What a member is connected to. */
export interface Surroundings {
  /** Which process it is. */
  readonly node: number
  /** Asks for the versions of keys in the source, after raising those of some. */
  ask(keys: readonly number[], bump?: readonly number[]): Promise<Record<number, number>>
  /** Is told what happens. */
  tell(one: Occurrence): void
}

/** What a loader does. */
export interface LoaderPlan {
  /** Milliseconds before it reads the source. */
  readonly beforeMs: number
  /** Milliseconds after that. */
  readonly afterMs: number
  readonly isFailing: boolean
}

const QUICK: LoaderPlan = { beforeMs: 0, afterMs: 0, isFailing: false }

interface Value {
  readonly version: number
  readonly by: string
}

type Pairs = readonly (readonly [key: number, value: unknown])[]

/** One of several processes with a cache: what it does, and an exact account of it. */
export class Member {
  readonly gate: LoadGate = new LoadGate()
  readonly #around: Surroundings
  readonly #open = new Map<number, ReadRecord | ChangeRecord>()
  #setup: Setup | undefined
  #cache: Cache | undefined
  #closeClient = (): void => {}
  #numbers = 0
  #unanswered = 0

  constructor(around: Surroundings) {
    this.#around = around
  }

  /** Opens a cache in place of the one before. */
  async open(setup: Setup): Promise<void> {
    await this.close()
    const { client, close } = openTierClient(setup.connect)
    this.#setup = setup
    this.#closeClient = close
    this.#cache = create(setup, breakTier(createRedisTier(client), setup.fault))
    this.#unanswered = 0
    const { node, tell } = this.#around
    this.#cache.subscribe((event) => {
      const changes = 'changes' in event ? event.changes : undefined
      tell({ kind: 'event', node, type: event.type, atMs: sharedNow(), changes })
    })
  }

  async close(): Promise<void> {
    await this.#cache?.close()
    this.#closeClient()
    this.#cache = undefined
  }

  /** Tells of calls that are still open, as if they never ended. */
  tellOpen(): void {
    for (const record of this.#open.values()) this.#around.tell(record)
    this.#open.clear()
  }

  /**
   * What a cache with nothing to do should not hold.
   *
   * @param isWorking Whether it has something to do: then there are always some loads.
   * @param sinceMs Since when its logs must have been confirmed.
   */
  leftovers(isWorking: boolean, sinceMs: number): readonly string[] {
    const { flights, retired, pendingKeys, shared, timelines, clock } = engineOf(this.#cache as Cache)
    const held: string[] = []
    const note = (count: number, what: string): void => {
      if (count > 0) held.push(`${count} ${what}`)
    }
    if (!isWorking) {
      note(flights.size, 'loads')
      note(retired.size, 'retired loads')
      note(pendingKeys.size, 'pending keys')
    }
    note(shared?.outbox.size ?? 0, 'queued changes')
    const offsetMs = sharedNow() - clock.now()
    for (const [shard, { confirmedAtMs }] of timelines.entries())
      if (confirmedAtMs + offsetMs < sinceMs) held.push(`shard ${shard} not confirmed`)
    if (shared?.link.connection.isReady === false) held.push('client not ready')
    return held
  }

  /** Calls of the tier that were not answered, or not made, since this was asked last. */
  takeUnanswered(): number {
    const link = this.#cache === undefined ? undefined : engineOf(this.#cache).shared?.link
    const count = link === undefined ? 0 : link.failures + link.refusals
    const more = count - this.#unanswered
    this.#unanswered = count
    return more
  }

  /** Reads, and tells what came of it. */
  read(how: ReadHow, keys: readonly number[], plan: LoaderPlan = QUICK): Promise<readonly Seen[]> {
    return this.#run(how, keys, () => this.#values(how, keys, plan))
  }

  /** Changes the source and then the cache, and tells what came of it. */
  async change(how: WriteHow, key: number): Promise<string | undefined> {
    const { node, ask, tell } = this.#around
    const keys = covered(how, key)
    const versions = await ask(keys, how === 'clear' ? [key] : keys)
    const number = ++this.#numbers
    const id = `S${node}.${number}`
    const record = { kind: 'change', id, node, how, versions, result: undefined, calledMs: sharedNow() } as const
    this.#open.set(number, { ...record, endedMs: Number.MAX_VALUE })
    let result: 'applied' | 'queued' | undefined
    let error: CallError | undefined
    try {
      result = await this.#apply(how, keys, { version: versions[key] as number, by: id })
    } catch (thrown) {
      error = toCallError(thrown)
    }
    if (this.#open.delete(number)) tell({ ...record, endedMs: sharedNow(), result, error })
    return result
  }

  /** Reads everything a last time, also with a cache that knows only what the tier has. */
  async readLast(): Promise<void> {
    const own = this.#cache as Cache
    for (const key of EVERY_KEY) {
      await this.#run('last', [key], async () => [[key, own.peek(name(key))]])
      await this.#run('last', [key], async () => [[key, await own.get(name(key))]])
    }
    const setup = this.#setup as Setup
    const { client, close } = openTierClient(setup.connect)
    const fresh = create(setup, createRedisTier(client))
    fresh.subscribe(() => {}) // or it would warn of failures
    await this.#run('fresh', EVERY_KEY, async () => toPairs(EVERY_KEY, await fresh.getMany(EVERY_KEY.map(name))))
    await fresh.close()
    close()
  }

  /** When a value has left the first layer. */
  async seeGone(key: number): Promise<number> {
    const limitMs = sharedNow() + SEE_LIMIT_MS
    while (this.#cache?.peek(name(key)) !== undefined) {
      if (sharedNow() > limitMs) throw new Error(`${name(key)} is still there after ${SEE_LIMIT_MS} ms`)
      await sleep(1)
    }
    return sharedNow()
  }

  async #run(how: ReadHow, keys: readonly number[], call: () => Promise<Pairs>): Promise<readonly Seen[]> {
    const { node, tell } = this.#around
    const id = ++this.#numbers
    const record: ReadRecord = {
      kind: 'read',
      node,
      how,
      keys,
      calledMs: sharedNow(),
      endedMs: Number.MAX_VALUE,
      seen: [],
    }
    this.#open.set(id, record)
    let seen: readonly Seen[] = []
    let error: CallError | undefined
    try {
      seen = toSeen(await call())
    } catch (thrown) {
      error = toCallError(thrown)
    }
    if (this.#open.delete(id)) tell({ ...record, endedMs: sharedNow(), seen, error })
    return seen
  }

  async #values(how: ReadHow, keys: readonly number[], plan: LoaderPlan): Promise<Pairs> {
    const own = this.#cache as Cache
    const [key] = keys as [number]
    switch (how) {
      case 'getOrSet': {
        const loader = async (): Promise<unknown> => (await this.#load([key], plan)).get(name(key))
        return [[key, await own.getOrSet(name(key), loader, { tags: tagsOf(key) })]]
      }
      case 'get':
        return [[key, await own.get(name(key))]]
      case 'peek':
        return [[key, own.peek(name(key))]]
      case 'getMany':
        return toPairs(keys, await own.getMany(keys.map(name)))
      default: {
        // All of them for all values, as a bulk loader's tags are.
        const tags = [...new Set(keys.flatMap(tagsOf))]
        const loader = (missing: readonly string[]): Promise<Map<string, unknown>> =>
          this.#load(missing.map(number), plan)
        return toPairs(keys, await own.getOrSetMany(keys.map(name), loader, { tags }))
      }
    }
  }

  async #load(keys: readonly number[], plan: LoaderPlan): Promise<Map<string, Value>> {
    const { node, ask, tell } = this.#around
    const id = `L${node}.${++this.#numbers}`
    const beganMs = sharedNow()
    try {
      if (plan.beforeMs > 0) await sleep(plan.beforeMs)
      if (plan.isFailing) throw Object.assign(new Error(`of load ${id}`), { name: LOADER_FAILURE })
      const versions = await ask(keys)
      await this.gate.pass()
      if (plan.afterMs > 0) await sleep(plan.afterMs)
      return new Map(keys.map((key) => [name(key), { version: versions[key] as number, by: id }]))
    } finally {
      tell({ kind: 'load', id, node, keys, beganMs, endedMs: sharedNow() })
    }
  }

  #apply(how: WriteHow, keys: readonly number[], value: Value): Promise<'applied' | 'queued'> {
    const own = this.#cache as Cache
    const [key] = keys as [number]
    switch (how) {
      case 'delete':
        return own.delete(name(key))
      case 'deleteMany':
        return own.deleteMany(keys.map(name))
      case 'set':
        return own.set(name(key), value, { tags: tagsOf(key) })
      case 'tag':
        return own.invalidateTags(tagsOf(key))
      case 'both':
        return own.invalidate({ keys: [name(keys.at(-1) as number)], tags: tagsOf(key) })
      case 'clear':
        return own.clear()
    }
  }
}

function create(setup: Setup, shared: SharedTier): Cache {
  const { name, ttlMs, maxStalenessMs, leaseMs, hardTimeoutMs, tierTimeoutMs } = setup
  return createCache({ name, shared, ttlMs, maxStalenessMs, leaseMs, hardTimeoutMs, tierTimeoutMs })
}

function engineOf(cache: Cache): Engine {
  return (cache as unknown as { readonly engine: Engine }).engine
}

function toPairs(keys: readonly number[], found: ReadonlyMap<string, unknown>): Pairs {
  return keys.map((key) => [key, found.get(name(key))])
}

function toSeen(pairs: Pairs): readonly Seen[] {
  return pairs.flatMap(([key, value]) => (value === undefined ? [] : [{ key, ...(value as Value) }]))
}

function toCallError(thrown: unknown): CallError {
  const { name, message } = thrown as Error
  return { name, message }
}

function name(key: number): string {
  return `k${key}`
}

function number(name: string): number {
  return Number(name.slice(1))
}

function tagsOf(key: number): readonly string[] {
  return [`t${key % TAGS}`]
}
