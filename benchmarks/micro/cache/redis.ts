import { setTimeout as sleep } from 'node:timers/promises'
import { type Cache, createCache } from '@breakwater/cache'
import type { MemoryStore } from '@breakwater/cache/memory'
import { createRedisTier } from '@breakwater/cache/redis'
import { startRedis } from '@breakwater/testing/services'
import { Redis } from 'ioredis'
import { type SharedService, shareService } from '../../src/service.ts'
import { LONG_MS, type Task, toTask } from './tasks.ts'

/** Nothing is written to a disk: it would be in the time of everybody. */
const SETTINGS = { save: '', appendonly: 'no' }

let names = 0

const server = shareService('Redis', () => startRedis({ own: true, settings: SETTINGS }))

/** Says why there is no Redis server on this machine, if there is none. */
export const whyNoRedis: SharedService['whyNot'] = server.whyNot

/** Where the Redis server of this process is. */
export const redisUrl: SharedService['url'] = server.url

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
