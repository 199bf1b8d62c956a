import type { Cache, createCache, LoadContext } from '@breakwater/cache'
import { createMemoryStore } from '@breakwater/cache/memory'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import fc from 'fast-check'
import { expect } from 'vitest'

const KEYS = ['a', 'b', 'c'] as const
const TAGS = ['t', 'u'] as const
const TTL_MS = 100
const GRACE_MS = 50

/** A value knows when it was read from its source, and what it carries. */
interface Value {
  readonly key: string
  readonly tags: readonly string[]
  /** Steps before it was read. */
  readonly step: number
  readonly atMs: number
}

/** A load that was begun. */
interface Load {
  readonly value: Value
  readonly late: readonly string[]
  readonly context: LoadContext<unknown>
  end(isFailed: boolean): void
}

/** What the cache is about, in a few lines: when each key and tag was last invalidated, and nothing else. */
class Model {
  readonly cache: Cache
  readonly clock: ManualClock
  readonly #loads: Load[] = []
  readonly #invalidated = new Map<string, number>()
  readonly #readers: Promise<void>[] = []
  /** When the loads ended that did. */
  readonly #ended = new Map<Value, number>()
  #step = 1
  readonly problems: string[] = []

  constructor(create: typeof createCache, maxTags: number, maxEntries: number, softTimeoutMs: number) {
    this.clock = createManualClock()
    this.cache = create({
      name: 'model',
      clock: this.clock,
      memory: createMemoryStore({ maxEntries }),
      ttlMs: TTL_MS,
      graceMs: GRACE_MS,
      staleWhileRevalidateMs: 20,
      eagerRefreshRatio: 0.7,
      retryDelayMs: 10,
      hardTimeoutMs: 400,
      softTimeoutMs,
      maxTags,
    })
    this.cache.subscribe(() => {})
  }

  /** Nothing that was invalidated before a read began may be returned, unless it was read from its source after that. */
  async read(key: string, tags: readonly string[], late: readonly string[], isMany: boolean): Promise<void> {
    const begunAt = this.#step++
    const invalidated = new Map(this.#invalidated)
    const begunMs = this.clock.now()
    const load = (context: LoadContext<unknown>): Promise<Value> => this.#load(key, tags, late, context)
    const reading = isMany
      ? this.cache
          .getOrSetMany([key], async (_, context) => new Map([[key, await load(context as LoadContext<unknown>)]]), {
            tags,
          })
          .then((found) => found.get(key))
      : this.cache.getOrSet<string, unknown>(key, load, { tags })
    this.#readers.push(
      reading.then(
        (value) => this.#check(value as Value, key, begunAt, invalidated, begunMs),
        () => {},
      ),
    )
    await this.#turn()
  }

  async look(keys: readonly string[]): Promise<void> {
    for (const [key, value] of await this.cache.getMany(keys))
      this.#check(value as Value, key, this.#step, this.#invalidated, this.clock.now(), true)
    for (const key of keys) {
      const value = this.cache.peek(key)
      if (value !== undefined) this.#check(value as Value, key, this.#step, this.#invalidated, this.clock.now(), true)
    }
  }

  async set(key: string, tags: readonly string[]): Promise<void> {
    this.#invalidate([`key ${key}`])
    await this.cache.set(key, { key, tags, step: this.#step++, atMs: this.clock.now() } satisfies Value, { tags })
    await this.look([key])
  }

  async delete(key: string): Promise<void> {
    this.#invalidate([`key ${key}`])
    await this.cache.delete(key)
    if ((await this.cache.get(key)) !== undefined) this.problems.push(`${key} is there after delete()`)
  }

  async invalidateTags(tags: readonly string[]): Promise<void> {
    this.#invalidate(tags.map((tag) => `tag ${tag}`))
    await this.cache.invalidateTags(tags)
    await this.look(KEYS)
  }

  async invalidate(keys: readonly string[], tags: readonly string[]): Promise<void> {
    this.#invalidate([...keys.map((key) => `key ${key}`), ...tags.map((tag) => `tag ${tag}`)])
    await this.cache.invalidate({ keys, tags })
    await this.look(KEYS)
    for (const key of keys)
      if ((await this.cache.get(key)) !== undefined) this.problems.push(`${key} is there after invalidate()`)
  }

  async clear(): Promise<void> {
    this.#invalidate(['all'])
    await this.cache.clear()
    if ((await this.cache.getMany(KEYS)).size > 0) this.problems.push('something is there after clear()')
  }

  async end(which: number, isFailed: boolean): Promise<void> {
    const [load] = this.#loads.splice(which % Math.max(1, this.#loads.length), 1)
    load?.end(isFailed)
    await this.#turn()
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advanceAsync(ms)
  }

  /** Ends what runs, so that nobody waits for ever. */
  async finish(): Promise<void> {
    while (this.#loads.length > 0) await this.end(0, false)
    await this.pass(500)
    await Promise.all(this.#readers)
    await this.look(KEYS)
    const underWay = this.cache.measure().find(({ name }) => name === 'cache_loads_under_way')?.value
    if (underWay !== 0) this.problems.push(`${underWay} loads are still under way`)
    await this.cache.close()
    if (this.clock.pending > 0) this.problems.push('timers are left')
  }

  #load(key: string, tags: readonly string[], late: readonly string[], context: LoadContext<unknown>): Promise<Value> {
    const value: Value = { key, tags: [...tags, ...late], step: this.#step++, atMs: this.clock.now() }
    return new Promise((resolve, reject) => {
      this.#loads.push({
        value,
        late,
        context,
        end: (isFailed) => {
          if (isFailed) return reject(new Error('down'))
          context.tag(...late)
          this.#ended.set(value, this.#step++)
          resolve(value)
        },
      })
    })
  }

  #invalidate(what: readonly string[]): void {
    const step = this.#step++
    for (const item of what) this.#invalidated.set(item, step)
  }

  #check(
    value: Value,
    key: string,
    begunAt: number,
    invalidated: ReadonlyMap<string, number>,
    begunMs: number,
    isFresh = false,
  ): void {
    if (value.key !== key) return void this.problems.push(`${key} got the value of ${value.key}`)
    for (const item of [`key ${key}`, 'all', ...value.tags.map((tag) => `tag ${tag}`)]) {
      const at = invalidated.get(item) ?? 0
      if (value.step < at)
        this.problems.push(`read of ${key} at ${begunAt} got ${value.step}, void by ${item} at ${at}`)
    }
    // Who joins a load gets what it returns, however long that takes.
    if ((this.#ended.get(value) ?? 0) > begunAt) return
    const ageMs = begunMs - value.atMs
    if (ageMs >= TTL_MS + (isFresh ? 0 : GRACE_MS)) this.problems.push(`${key} was ${ageMs} ms old`)
  }

  #turn(): Promise<void> {
    return this.clock.advanceAsync(0)
  }
}

const key = fc.constantFrom(...KEYS)
const tags = fc.subarray([...TAGS])

const step = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('read' as const), key, tags, tags, fc.boolean()) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('end' as const), fc.nat(5), fc.boolean()) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('set' as const), key, tags) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('delete' as const), key) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('invalidateTags' as const), tags) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('invalidate' as const), fc.subarray([...KEYS]), tags) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('clear' as const)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('pass' as const), fc.constantFrom(1, 15, 60, 110, 450)) },
)

/**
 * Tries random work on a cache of one process, with loads that overlap. What a read returns must not have been invalidated
 * before the read began, unless its loader started after that.
 *
 * @returns Rejects with the shortest work found that breaks it.
 */
export async function checkCache(create: typeof createCache, runs: number, seed?: number): Promise<void> {
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 1, maxLength: 30 }),
    fc.constantFrom(1, 100),
    fc.constantFrom(2, 100),
    fc.constantFrom(0, 30),
    async (steps, maxTags, maxEntries, softTimeoutMs) => {
      const model = new Model(create, maxTags, maxEntries, softTimeoutMs)
      for (const [name, ...args] of steps)
        await (model[name] as (...args: unknown[]) => Promise<void>).apply(model, args)
      await model.finish()
      expect(model.problems).toEqual([])
    },
  )
  await fc.assert(property, { numRuns: runs, ...(seed === undefined ? {} : { seed }) })
}
