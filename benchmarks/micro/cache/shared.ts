import { createMemoryStore } from '@breakwater/cache/memory'
import { createCache as createAsyncCacheDedupe } from 'async-cache-dedupe'
import { BentoCache, bentostore } from 'bentocache'
import { redisDriver } from 'bentocache/drivers/redis'
import type { Redis } from 'ioredis'
import { Loader, RedisCache } from 'layered-loader'
import { costsAtMost } from '../../src/claims.ts'
import type { MicroGroup, MicroSubject } from '../../src/micro/subject.ts'
import type { Dedupe } from './peers.ts'
import { createShared, newName, openRedis, untilApplied, whyNoRedis } from './redis.ts'
import { cached, type Opened } from './subject.ts'
import { KEYS, LONG_MS, loadNone, MASK, TASKS, type Task } from './tasks.ts'

/** Reads that are under way together in the second group, and keys of a batch. */
const AT_ONCE = 100
/** Before anything is measured; of operations that read many at once, as many reads. */
const WARM_UPS = 5_000

/** Reads a task. */
type Read = (key: string) => Promise<Task | null | undefined>

/** A cache whose first layer holds one entry: each read but the second of two alike goes to Redis. */
async function open(client: Redis, tags?: readonly string[]) {
  const memory = createMemoryStore({ maxEntries: 1 })
  const cache = createShared(client, newName(), memory)
  await untilApplied(cache)
  for (const [id, key] of KEYS.entries()) await cache.set(key, TASKS[id] as Task, { tags })
  return { cache, close: () => cache.close().then(() => client.disconnect()) }
}

async function openBento(client: Redis) {
  const l2 = redisDriver({ connection: client, prefix: newName() })
  const bento = new BentoCache({ default: 'tasks', ttl: LONG_MS, stores: { tasks: bentostore().useL2Layer(l2) } })
  for (const [id, key] of KEYS.entries()) await bento.set({ key, value: TASKS[id] })
  return { bento, close: () => client.disconnect() }
}

async function openLayered(client: Redis) {
  const asyncCache = new RedisCache<Task>(client, { json: true, prefix: newName(), ttlInMsecs: LONG_MS })
  const loader = new Loader<Task>({
    inMemoryCache: false,
    asyncCache,
    dataSourceGetOneFn: loadNone,
    cacheKeyFromValueResolver: ({ id }) => `task:${id}`,
  })
  await asyncCache.setMany(KEYS.map((key, id) => ({ key, value: TASKS[id] as Task })))
  return { loader, close: () => client.disconnect() }
}

async function openDedupe(client: Redis) {
  const storage = { type: 'redis' as const, options: { client } }
  const load = async (key: string): Promise<Task> => TASKS[KEYS.indexOf(key)] as Task
  const cache = createAsyncCacheDedupe({ ttl: LONG_MS / 1_000, storage }).define(newName(), {}, load)
  const read = Object.entries(cache).find(([, value]) => typeof value === 'function')?.[1] as Dedupe['task']
  for (const key of KEYS) await read(key)
  return { read, close: () => client.disconnect() }
}

/** What reads do in each of the two groups: the loop is the group's, since a round trip is a thousand times a call. */
type Loop = (read: Read) => Opened['loop']

const oneByOne: Loop = (read) => async (times) => {
  let sum = 0
  for (let i = 0; i < times; i++) sum = (sum + ((await read(KEYS[i & MASK] as string)) as Task).id) | 0
  return sum
}

const together: Loop = (read) => async (times) => {
  let sum = 0
  for (let i = 0; i < times; i++) {
    const reads = new Array<ReturnType<Read>>(AT_ONCE)
    for (let j = 0; j < AT_ONCE; j++) reads[j] = read(KEYS[(i + j) & MASK] as string)
    for (const task of await Promise.all(reads)) sum = (sum + (task as Task).id) | 0
  }
  return sum
}

function reading(
  name: string,
  loop: Loop,
  start: (client: Redis) => Promise<{ read: Read; close(): unknown }>,
): MicroSubject {
  const open = async (): Promise<Opened> => {
    const { read, close } = await start(await openRedis())
    return { loop: loop(read), close }
  }
  return cached(name, open, loop === oneByOne ? WARM_UPS : WARM_UPS / AT_ONCE)
}

const FLOOR = 'GET and JSON.parse'
const TAGGED = 'getOrSet, two tags'

const subjects = (loop: Loop): Pick<MicroGroup, 'floor' | 'ours' | 'peers'> => ({
  floor: reading(FLOOR, loop, async (client) => {
    const prefix = newName()
    for (const [id, key] of KEYS.entries()) await client.set(prefix + key, JSON.stringify(TASKS[id]), 'PX', LONG_MS)
    return {
      read: async (key) => JSON.parse((await client.get(prefix + key)) as string) as Task,
      close: () => client.disconnect(),
    }
  }),
  ours: [
    reading('getOrSet', loop, async (client) => {
      const { cache, close } = await open(client)
      return { read: (key) => cache.getOrSet(key, loadNone), close }
    }),
    reading(TAGGED, loop, async (client) => {
      const { cache, close } = await open(client, ['tasks', 'open'])
      return { read: (key) => cache.getOrSet(key, loadNone, { tags: ['tasks', 'open'] }), close }
    }),
    reading('get', loop, async (client) => {
      const { cache, close } = await open(client)
      return { read: (key) => cache.get(key), close }
    }),
  ],
  peers: [
    reading('bentocache', loop, async (client) => {
      const { bento, close } = await openBento(client)
      return { read: (key) => bento.getOrSet({ key, factory: loadNone }), close }
    }),
    reading('layered-loader', loop, async (client) => {
      const { loader, close } = await openLayered(client)
      return { read: (key) => loader.get(key), close }
    }),
    reading('async-cache-dedupe', loop, openDedupe),
  ],
})

const ABOUT =
  'Tasks of some 160 bytes are read from a Redis server on this machine; the first layer of ours has room for one, that of peers is off. Time is that of this process: what Redis and the network take is not in it.'
const WHY = 'One command more than nothing: an envelope is opened, and a lease asked for by the same command.'

const MGET = 'MGET and JSON.parse'

const batch: MicroGroup = {
  id: 'batch',
  title: 'A batch of 100 from Redis',
  about: `${ABOUT} One operation reads 100 tasks with one call. bentocache and async-cache-dedupe read one at a time.`,
  floor: cached(
    MGET,
    async () => {
      const client = await openRedis()
      const prefix = newName()
      const keys = KEYS.slice(0, AT_ONCE).map((key) => prefix + key)
      for (const [id, key] of keys.entries()) await client.set(key, JSON.stringify(TASKS[id]), 'PX', LONG_MS)
      return {
        async loop(times) {
          let sum = 0
          for (let i = 0; i < times; i++)
            for (const json of await client.mget(keys)) sum = (sum + (JSON.parse(json as string) as Task).id) | 0
          return sum
        },
        close: () => client.disconnect(),
      }
    },
    WARM_UPS / AT_ONCE,
  ),
  ours: [
    cached(
      'getMany',
      async () => {
        const { cache, close } = await open(await openRedis())
        const keys = KEYS.slice(0, AT_ONCE)
        return {
          async loop(times) {
            let sum = 0
            for (let i = 0; i < times; i++)
              for (const { id } of (await cache.getMany(keys)).values()) sum = (sum + id) | 0
            return sum
          },
          close,
        }
      },
      WARM_UPS / AT_ONCE,
    ),
    cached(
      'getOrSetMany',
      async () => {
        const { cache, close } = await open(await openRedis())
        const keys = KEYS.slice(0, AT_ONCE)
        const loadNoneOf = async (): Promise<Map<string, Task>> => new Map()
        return {
          async loop(times) {
            let sum = 0
            for (let i = 0; i < times; i++)
              for (const { id } of (await cache.getOrSetMany(keys, loadNoneOf)).values()) sum = (sum + id) | 0
            return sum
          },
          close,
        }
      },
      WARM_UPS / AT_ONCE,
    ),
  ],
  peers: [
    cached(
      'layered-loader, getMany',
      async () => {
        const { loader, close } = await openLayered(await openRedis())
        const keys = KEYS.slice(0, AT_ONCE)
        return {
          async loop(times) {
            let sum = 0
            for (let i = 0; i < times; i++) for (const { id } of await loader.getMany(keys)) sum = (sum + id) | 0
            return sum
          },
          close,
        }
      },
      WARM_UPS / AT_ONCE,
    ),
  ],
  whyNot: whyNoRedis,
  expected: 3 * 4_950,
  claims: [
    costsAtMost(
      'getMany',
      1.2,
      MGET,
      'One command; what is added is an envelope for each, and its place in the first layer.',
    ),
    costsAtMost(
      'getOrSetMany',
      1.5,
      MGET,
      'The same, and a load for each that has to be there before it is known to be found.',
    ),
  ],
}

/** What reads of the second layer cost. */
export const sharedReads: readonly MicroGroup[] = [
  {
    id: 'shared-hit',
    title: 'A hit in Redis',
    about: `${ABOUT} One operation awaits one of 512 tasks.`,
    ...subjects(oneByOne),
    whyNot: whyNoRedis,
    expected: 3,
    claims: [
      costsAtMost('getOrSet', 1.15, FLOOR, WHY),
      costsAtMost(TAGGED, 1.15, FLOOR, WHY),
      costsAtMost('get', 1.15, FLOOR, WHY),
    ],
  },
  {
    id: 'shared-hits-at-once',
    title: '100 hits in Redis at once',
    about: `${ABOUT} One operation awaits 100 of 512 tasks that are asked for together, each alone. The floor's commands share their packets, which leaves little of what a command costs.`,
    ...subjects(together),
    whyNot: whyNoRedis,
    expected: 3 * 4_950 + 300,
    claims: [
      costsAtMost('getOrSet', 2, FLOOR, 'A command of its own, a load and a place in the first layer for each.'),
    ],
  },
  batch,
]
