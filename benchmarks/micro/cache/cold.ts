import { createCache as createAsyncCacheDedupe } from 'async-cache-dedupe'
import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisDriver } from 'bentocache/drivers/redis'
import type { Redis } from 'ioredis'
import { Loader, RedisCache } from 'layered-loader'
import { type FigureGroup, type FigureSubject, isAtMost } from '../../src/figures/group.ts'
import type { Dedupe, Load } from './peers.ts'
import { createShared, newName, openRedis, untilApplied, whyNoRedis } from './redis.ts'
import { LONG_MS, type Task, toTask } from './tasks.ts'

const MISSES = 500
const WARM_UPS = 1_000

const COMMANDS = 'commands'
const TRIPS = 'time in round trips'
const LOADS = 'loads, asked for by two'

/** A cache in a process of its own would be one like this: it shares nothing but Redis. */
interface Node {
  read: Load
  close?(): Promise<unknown>
}

/** Reads keys that nobody asked for before. */
function cold(name: string, open: (client: Redis, prefix: string, load: Load) => Node | Promise<Node>): FigureSubject {
  return {
    name,
    async measure(scale) {
      const count = Math.max(10, Math.round(MISSES * scale))
      const clients = [await openRedis(), await openRedis()] as const
      const prefix = newName()
      let loads = 0
      const load: Load = async () => {
        loads++
        return toTask(loads)
      }
      const nodes: Node[] = []
      for (const client of clients) nodes.push(await open(client, prefix, load))
      const [first, second] = nodes as [Node, Node]
      const [client] = clients
      for (let i = 0; i < WARM_UPS * scale; i++) await first.read(`warm:${i}`)

      const count1 = countCommands(client)
      const tripMs: number[] = []
      const missMs: number[] = []
      for (let i = 0; i < count; i++) {
        tripMs.push(await timed(() => client.ping()))
        missMs.push(await timed(() => first.read(`cold:${i}`)))
      }
      // Without the pings.
      const commands = count1() - count
      loads = 0
      for (let i = 0; i < count; i++) await Promise.all([first.read(`both:${i}`), second.read(`both:${i}`)])
      for (const node of nodes) await node.close?.()
      for (const each of clients) each.disconnect()
      return { [COMMANDS]: commands / count, [TRIPS]: median(missMs) / median(tripMs), [LOADS]: loads / count }
    },
  }
}

/** Counts what is sent through a client from now on. */
function countCommands(client: Redis): () => number {
  let commands = 0
  const send = client.sendCommand.bind(client)
  client.sendCommand = (...args) => {
    commands++
    return send(...args)
  }
  return () => commands
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  await run()
  return performance.now() - startedMs
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}

const OURS = 'getOrSet'

/** What a miss in both layers costs. */
export const coldMisses: FigureGroup = {
  id: 'cold-miss',
  title: 'A miss in both layers',
  about:
    'One caller after the other asks for keys that are nowhere; the loader has its answer at once. Commands are those that the cache sends to Redis on its client for one of them. Its time, divided by that of a PING, both in the middle of all, says how many of them are waited for. In the end two caches with nothing but Redis in common are asked for the same key at once, and the loads of both together are counted.',
  whyNot: whyNoRedis,
  figures: [COMMANDS, TRIPS, LOADS],
  ours: [
    cold(OURS, async (client, prefix, load) => {
      const cache = createShared(client, prefix)
      await untilApplied(cache)
      return { read: (key) => cache.getOrSet(key, () => load(key)), close: () => cache.close() }
    }),
  ],
  peers: [
    cold('bentocache', (client, prefix, load) => {
      const store = bentostore()
        .useL1Layer(memoryDriver())
        .useL2Layer(redisDriver({ connection: client, prefix }))
      const bento = new BentoCache({ default: 'tasks', ttl: LONG_MS, stores: { tasks: store } })
      return { read: (key) => bento.getOrSet({ key, factory: () => load(key) }) }
    }),
    cold('layered-loader', (client, prefix, load) => {
      const asyncCache = new RedisCache<Task>(client, { json: true, prefix, ttlInMsecs: LONG_MS })
      const loader = new Loader<Task>({ inMemoryCache: { ttlInMsecs: LONG_MS }, asyncCache, dataSourceGetOneFn: load })
      return { read: (key) => loader.get(key) as Promise<Task> }
    }),
    cold('async-cache-dedupe, Redis only', (client, prefix, load) => {
      const storage = { type: 'redis' as const, options: { client } }
      const cache = createAsyncCacheDedupe({ ttl: LONG_MS / 1_000, storage }).define(prefix, {}, load)
      return { read: (cache as unknown as Record<string, Dedupe['task']>)[prefix] as Load }
    }),
  ],
  claims: [
    isAtMost(
      OURS,
      COMMANDS,
      2.05,
      'One asks for the value and the lease, one stores the value if the lease still holds; a heartbeat comes now and then.',
    ),
    isAtMost(OURS, TRIPS, 3, 'Two of them, and what the second one does in Redis.'),
    isAtMost(OURS, LOADS, 1, 'One load for each key, however many processes ask.'),
  ],
}
