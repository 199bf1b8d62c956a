import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@breakwater/core'
import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import type { History, Mutation, Position, TierConnection, TierRecord } from '../src/lib/shared/tier.ts'
import { createRedisTier, type RedisClient, type RedisTierOptions } from '../src/redis.ts'

const UNTIL_LIMIT_MS = 10_000
const PULSE_MS = 10

/** For what waits until other servers have taken over: as long as `untilOk()` of the services does. */
export const FAILOVER_LIMIT_MS = 60_000

/** A tier in use, with all that it told. */
export interface Probe {
  readonly tier: TierConnection
  readonly name: string
  readonly histories: (History & { readonly shard: number })[]
  readonly mutations: Mutation[]
  readonly foreign: string[]
  readonly failures: Error[]
  /** The latest time up to which each shard is known. */
  readonly confirmedAtMs: number[]
  /** What was told, in order: `history`, `confirmed` (once in a row), or the kind of a mutation. */
  readonly told: string[]
}

/** Options of {@link connectTier}. */
export interface ProbeOptions extends RedisTierOptions {
  readonly name?: string | undefined
  readonly maxStalenessMs?: number | undefined
}

let names = 0

/** A name no other test has. */
export function newName(): string {
  return `test-${process.pid}-${++names}`
}

/** A client of the test's own. */
export function openClient(url: string, options: object = {}): Redis {
  const client = new Redis(url, { retryStrategy: () => 20, ...options })
  client.on('error', () => {}) // its server is killed on purpose
  onTestFinished(() => client.disconnect())
  return client
}

/** Connects a tier, and waits for nothing. */
export function connectTier(
  client: RedisClient,
  { name = newName(), maxStalenessMs = 1_000, ...options }: ProbeOptions = {},
): Probe {
  const probe = {
    name,
    histories: [] as (History & { readonly shard: number })[],
    mutations: [] as Mutation[],
    foreign: [] as string[],
    failures: [] as Error[],
    confirmedAtMs: [] as number[],
    told: [] as string[],
  }
  const tier = createRedisTier(client, options).connect(
    { name, maxStalenessMs, clock: systemClock },
    {
      onHistory(shard, history) {
        probe.histories.push({ shard, ...history })
        probe.told.push('history')
      },
      onMutations(_, mutations, position) {
        if (mutations.at(-1)?.position !== position) throw new Error('position is not that of the last mutation')
        probe.mutations.push(...mutations)
        probe.told.push(...mutations.map(({ kind }) => kind))
      },
      onConfirmed(shard, atMs) {
        if (atMs < (probe.confirmedAtMs[shard] ?? 0)) throw new Error('confirmed backwards')
        probe.confirmedAtMs[shard] = atMs
        if (probe.told.at(-1) !== 'confirmed') probe.told.push('confirmed')
      },
      onForeignChange: (key) => void probe.foreign.push(key),
      onFailure: (error) => void probe.failures.push(error as Error),
    },
  )
  onTestFinished(() => tier.close())
  return { tier, ...probe }
}

/** Connects a tier, and waits until every shard is confirmed. */
export async function followTier(client: RedisClient, options: ProbeOptions = {}): Promise<Probe> {
  const probe = connectTier(client, options)
  await until(() => probe.tier.isReady)
  await confirmed(probe)
  return probe
}

/** Waits until everything before now is confirmed. */
export async function confirmed(probe: Probe): Promise<void> {
  const sinceMs = systemClock.now()
  await until(() => {
    for (let shard = 0; shard < probe.tier.shards; shard++)
      if (!((probe.confirmedAtMs[shard] ?? 0) >= sinceMs)) return false
    return true
  })
}

/** Where the log of a probe's shard is now, as far as it was told. */
export function lastPosition(probe: Probe, shard = 0): Position {
  const last = probe.mutations.at(-1)?.position
  const history = probe.histories.findLast((history) => history.shard === shard)?.position
  if (history === undefined) throw new Error('nothing was told')
  return last !== undefined && last.seq > history.seq ? last : history
}

/** Waits for something that has to come true. */
export async function until(isTrue: () => boolean | Promise<boolean>, limitMs: number = UNTIL_LIMIT_MS): Promise<void> {
  const endMs = performance.now() + limitMs
  while (!(await isTrue())) {
    if (performance.now() > endMs) throw new Error(`Waited ${limitMs} ms in vain for ${isTrue}`)
    await sleep(5)
  }
}

/**
 * Measures from now on for how long this process came to nothing else: what it is to notice in time, it notices as much later.
 *
 * @returns Milliseconds so far.
 */
export function measureStalls(): () => number {
  let sumMs = 0
  let beatMs = performance.now()
  const beat = (): void => {
    const lateMs = performance.now() - beatMs - PULSE_MS
    if (lateMs > PULSE_MS) sumMs += lateMs
    beatMs = performance.now()
  }
  const timer = setInterval(beat, PULSE_MS)
  onTestFinished(() => clearInterval(timer))
  return () => {
    beat()
    return sumMs
  }
}

/** A record with a JSON body. */
export function recordOf(value: unknown, differing: Partial<TierRecord> = {}): TierRecord {
  return {
    seq: 1,
    bornAtMs: 1_790_000_000_000,
    ttlMs: 60_000,
    staleWhileRevalidateMs: 0,
    graceMs: 0,
    tags: [],
    format: 0,
    body: Buffer.from(JSON.stringify(value)),
    ...differing,
  }
}

/** A lease that nobody else has. */
export function newLease(forMs = 10_000): { readonly token: string; readonly forMs: number } {
  return { token: crypto.randomUUID(), forMs }
}
