import { keyLike } from './check.ts'
import type { Engine, Shared } from './engine.ts'
import type { Entry } from './entry.ts'
import { keepReceived, receive } from './shared/received.ts'
import type { TierRead } from './shared/tier.ts'
import type { Space } from './space.ts'

/** Reading without a loader: what is fresh, from the first layer that has it. */
export class Reads {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** What a hit that is not easy, or no hit, comes to. */
  async get(space: Space, key: string): Promise<unknown> {
    this.#engine.assertOpen()
    const fullKey = space.prefix + keyLike('the key', key)
    const found = await this.#many([fullKey])
    return found.get(fullKey)
  }

  /** The values that are there, by the keys as they were given. */
  async getMany(space: Space, keys: readonly string[]): Promise<Map<string, unknown>> {
    this.#engine.assertOpen()
    const fullKeys = keys.map((key) => space.prefix + keyLike('each key', key))
    const found = await this.#many(fullKeys)
    const result = new Map<string, unknown>()
    for (const [index, key] of keys.entries()) {
      const value = found.get(fullKeys[index] as string)
      if (value !== undefined) result.set(key, value)
    }
    return result
  }

  /** The first layer's fresh value, without waiting for anything. */
  peek(key: string): unknown {
    const engine = this.#engine
    const nowMs = engine.clock.now()
    const entry = engine.find(key, nowMs)
    return entry !== undefined && nowMs < entry.freshUntilMs && !engine.isClosed ? entry.value : undefined
  }

  async #many(keys: readonly string[]): Promise<Map<string, unknown>> {
    const engine = this.#engine
    const { counts, shared } = engine
    const nowMs = engine.clock.now()
    engine.sample(nowMs)
    const found = new Map<string, unknown>()
    const missing: string[] = []
    const wanted = new Set(keys)
    for (const key of wanted) {
      const entry = engine.find(key, nowMs)
      if (entry !== undefined && nowMs < entry.freshUntilMs) {
        counts.memoryHits++
        found.set(key, entry.value)
      } else missing.push(key)
    }
    if (missing.length === 0) return found
    if (shared !== undefined) await this.#readShared(shared, missing, found)
    counts.misses += wanted.size - found.size
    return found
  }

  /** Adds what the shared tier has. Without an answer, it has nothing. */
  async #readShared({ link, recent }: Shared, wanted: readonly string[], found: Map<string, unknown>): Promise<void> {
    const engine = this.#engine
    if (engine.firstContact !== undefined) await engine.firstContact
    const keys = wanted.filter((key) => engine.isShared(key, engine.shardOf(key)))
    if (keys.length === 0) return
    const epochs = engine.timelines.map(({ epoch }) => epoch)
    const startedMs = engine.clock.now()
    const reading = recent.begin()
    try {
      const [first] = keys as [string]
      const reads = await link.call((tier) =>
        keys.length === 1 ? tier.read(first).then((read) => [read]) : tier.readMany(keys),
      )
      engine.counts.tierSeconds.record((engine.clock.now() - startedMs) / 1_000)
      for (const [index, key] of keys.entries()) {
        const shard = engine.shardOf(key)
        const entry = await this.#accept(key, shard, epochs[shard] as number, reads[index] as TierRead)
        if (entry === undefined) continue
        engine.counts.sharedHits++
        found.set(key, entry.value)
      }
    } catch {
      // Counted by the link.
    } finally {
      recent.end(reading)
    }
  }

  async #accept(key: string, shard: number, epoch: number, read: TierRead): Promise<Entry | undefined> {
    const engine = this.#engine
    if (read.kind !== 'found') return undefined
    const entry = await receive(engine, key, shard, read.record, engine.options.times)
    if (entry === undefined || engine.clock.now() >= entry.freshUntilMs) return undefined
    return keepReceived(engine, key, shard, epoch, entry) ? entry : undefined
  }
}
