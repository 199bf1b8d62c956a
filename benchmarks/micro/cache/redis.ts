import { setTimeout as sleep } from 'node:timers/promises'
import { type Cache, createCache } from '@breakwater/cache'
import type { MemoryStore } from '@breakwater/cache/memory'
import { createRedisTier } from '@breakwater/cache/redis'
import { type RedisServer, type Skipped, startRedis } from '@breakwater/testing/services'
import { Redis } from 'ioredis'
import { LONG_MS, type Task, toTask } from './tasks.ts'

/** Nothing is written to a disk: it would be in the time of everybody. */
const SETTINGS = { save: '', appendonly: 'no' }

let server: Promise<RedisServer | Skipped> | undefined
let names = 0

function start(): Promise<RedisServer | Skipped> {
  server ??= startRedis({ own: true, settings: SETTINGS })
  return server
}

/** Says why there is no Redis server on this machine, if there is none. */
export async function whyNoRedis(): Promise<string | undefined> {
  const started = await start()
  return 'skip' in started ? started.skip : undefined
}

/**
 * A Redis server for all of this process, which ends with it.
 *
 * @throws {Error} If there is none on this machine.
 */
export async function redisUrl(): Promise<string> {
  const started = await start()
  if ('skip' in started) throw new Error(`Cannot measure what needs Redis: ${started.skip}`)
  return started.url
}

/** A client that is connected. */
export async function openRedis(): Promise<Redis> {
  const client = new Redis(await redisUrl())
  await client.ping()
  return client
}

/** A name that no other cache on the server has. */
export function newName(): string {
  return `bench-${process.pid}-${++names}`
}

/**
 * Ours on Redis. What takes long is measured, not given up.
 *
 * @param client Its client.
 * @param name Caches of one name share their tasks.
 * @param memory Its first layer.
 */
export function createShared(client: Redis, name: string, memory?: MemoryStore): Cache<Record<string, Task>> {
  return createCache({ name, ttlMs: LONG_MS, tierTimeoutMs: 10_000, memory, shared: createRedisTier(client) })
}

/** Waits until it follows the log. */
export async function untilApplied(cache: Cache<Record<string, Task>>): Promise<void> {
  while ((await cache.set('ready', toTask(0))) !== 'applied') await sleep(5)
}
