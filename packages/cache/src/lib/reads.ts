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
  get(space: Space, key: string): Promise<unknown> {
    try {
      const engine = this.#engine
      engine.assertOpen()
      const fullKey = space.prefix + keyLike('the key', key)
      const nowMs = engine.clock.now()
      engine.sample(nowMs)
      const entry = engine.find(fullKey, nowMs)
      if (entry !== undefined && nowMs < entry.freshUntilMs) {
        engine.counts.memoryHits++
        return entry.toPromise()
      }
      if (engine.shared !== undefined) return this.#readOne(engine.shared, fullKey, nowMs)
      engine.counts.misses++
      return Promise.resolve(undefined)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** The values that are there, by the keys as they were given. */
  async getMany(space: Space, keys: readonly string[]): Promise<Map<string, unknown>> {
    const engine = this.#engine
    engine.assertOpen()
    for (const key of keys) keyLike('each key', key)
    const { counts, shared } = engine
    const { prefix } = space
    const nowMs = engine.clock.now()
    engine.sample(nowMs)
    // In the order of the keys, and each once.
    const result = new Map<string, unknown>()
    const missing: string[] = []
    for (const key of keys) {
      if (result.has(key)) continue
      const entry = engine.find(prefix + key, nowMs)
      const isHit = entry !== undefined && nowMs < entry.freshUntilMs
      if (isHit) counts.memoryHits++
      else missing.push(key)
      result.set(key, isHit ? entry.value : undefined)
    }
    if (missing.length === 0) return result
    if (shared !== undefined) await this.#readMany(shared, prefix, missing, result)
    for (const key of missing)
      if (result.get(key) === undefined) {
        counts.misses++
        result.delete(key)
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

  /** What the shared tier has of one key. Without an answer, it has nothing. */
  #readOne(shared: Shared, key: string, nowMs: number): Promise<unknown> {
    const { clock, firstContact } = this.#engine
    if (firstContact === undefined) return new Promise((resolve) => this.#ask(shared, key, nowMs, resolve))
    return firstContact.then(() => new Promise((resolve) => this.#ask(shared, key, clock.now(), resolve)))
  }

  #ask({ link, recent }: Shared, key: string, startedMs: number, resolve: (value: unknown) => void): void {
    const engine = this.#engine
    const { counts, clock } = engine
    const shard = engine.shardOf(key)
    const end = (entry: Entry | undefined): void => {
      if (entry === undefined) counts.misses++
      else counts.sharedHits++
      resolve(entry?.value)
    }
    if (!engine.isShared(key, shard, startedMs)) return end(undefined)
    const { epoch } = engine.timeline(shard)
    const reading = recent.begin()
    link.send<TierRead>(
      {
        send: (tier) => tier.read(key),
        onAnswer: (read) => {
          const nowMs = clock.now()
          counts.tierSeconds.record((nowMs - startedMs) / 1_000)
          const accepted = this.#accept(key, shard, epoch, read, nowMs)
          const finish = (entry: Entry | undefined): void => {
            recent.end(reading)
            end(entry)
          }
          if (accepted instanceof Promise) engine.inBackground(accepted.then(finish))
          else finish(accepted)
        },
        onFailure: () => {
          // Counted by the link.
          recent.end(reading)
          end(undefined)
        },
      },
      startedMs,
    )
  }

  /** Adds what the shared tier has. Without an answer, it has nothing. */
  async #readMany(
    { link, recent }: Shared,
    prefix: string,
    wanted: readonly string[],
    found: Map<string, unknown>,
  ): Promise<void> {
    const engine = this.#engine
    if (engine.firstContact !== undefined) await engine.firstContact
    const startedMs = engine.clock.now()
    const own: string[] = []
    const keys: string[] = []
    for (const key of wanted) {
      const fullKey = prefix + key
      if (!engine.isShared(fullKey, engine.shardOf(fullKey), startedMs)) continue
      own.push(key)
      keys.push(fullKey)
    }
    if (keys.length === 0) return
    const epochs = engine.timelines.map(({ epoch }) => epoch)
    const reading = recent.begin()
    try {
      const reads = await link.call((tier) => tier.readMany(keys))
      const nowMs = engine.clock.now()
      engine.counts.tierSeconds.record((nowMs - startedMs) / 1_000)
      for (let at = 0; at < keys.length; at++) {
        const key = keys[at] as string
        const shard = engine.shardOf(key)
        const accepted = this.#accept(key, shard, epochs[shard] as number, reads[at] as TierRead, nowMs)
        const entry = accepted instanceof Promise ? await accepted : accepted
        if (entry === undefined) continue
        engine.counts.sharedHits++
        found.set(own[at] as string, entry.value)
      }
    } catch {
      // Counted by the link.
    } finally {
      recent.end(reading)
    }
  }

  #accept(
    key: string,
    shard: number,
    epoch: number,
    read: TierRead,
    nowMs: number,
  ): Entry | undefined | Promise<Entry | undefined> {
    const engine = this.#engine
    if (read.kind !== 'found') return undefined
    const received = receive(engine, key, shard, read.record, engine.options.times, nowMs)
    return received instanceof Promise
      ? received.then((entry) => this.#keep(key, shard, epoch, entry, engine.clock.now()))
      : this.#keep(key, shard, epoch, received, nowMs)
  }

  #keep(key: string, shard: number, epoch: number, entry: Entry | undefined, nowMs: number): Entry | undefined {
    if (entry === undefined || nowMs >= entry.freshUntilMs) return undefined
    return keepReceived(this.#engine, key, shard, epoch, entry) ? entry : undefined
  }
}
