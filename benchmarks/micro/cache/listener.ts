import { createMemoryStore } from '@breakwater/cache/memory'
import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis'
import { Redis } from 'ioredis'
import { createNotificationPair, Loader, RedisCache } from 'layered-loader'
import { createShared, untilApplied } from './redis.ts'
import { LONG_MS, type Task, toTask } from './tasks.ts'

/** A cache with two layers, in one of two processes. */
export interface Listener {
  /** Reads a key, and loads it. */
  load(key: string): Promise<unknown>
  /** Whether the first layer has it. */
  has(key: string): boolean
  delete(key: string): Promise<unknown>
  close(): Promise<unknown>
}

/** Which ones there are. */
export const LISTENERS: Readonly<Record<string, (url: string, name: string) => Promise<Listener>>> = {
  ours: async (url, name) => {
    const client = new Redis(url)
    const cache = createShared(client, name, createMemoryStore())
    await untilApplied(cache)
    return {
      load: (key) => cache.getOrSet(key, load),
      has: (key) => cache.peek(key) !== undefined,
      delete: (key) => cache.delete(key),
      close: () => cache.close().finally(() => client.disconnect()),
    }
  },
  bentocache: async (url, name) => {
    const client = new Redis(url)
    const store = bentostore()
      .useL1Layer(memoryDriver())
      .useL2Layer(redisDriver({ connection: client, prefix: name }))
      .useBus(redisBusDriver({ connection: client.duplicate() }))
    const bento = new BentoCache({ default: name, ttl: LONG_MS, stores: { [name]: store } })
    // It has no way to ask the first layer alone, but tells of what it heard.
    const gone = new Set<string>()
    bento.on('bus:message:received', ({ message }) => {
      for (const key of message.keys) gone.add(key)
    })
    await bento.get({ key: 'ready' })
    return {
      load: (key) => bento.getOrSet({ key, factory: load }),
      has: (key) => !gone.has(key),
      delete: (key) => bento.delete({ key }),
      close: () => bento.disconnectAll().finally(() => client.disconnect()),
    }
  },
  'layered-loader': async (url, name) => {
    const clients = [new Redis(url), new Redis(url), new Redis(url)] as const
    const [client, publisherRedis, consumerRedis] = clients
    const { publisher, consumer } = createNotificationPair<Task>({ channel: name, publisherRedis, consumerRedis })
    const loader = new Loader<Task>({
      inMemoryCache: { ttlInMsecs: LONG_MS },
      asyncCache: new RedisCache<Task>(client, { json: true, prefix: name, ttlInMsecs: LONG_MS }),
      notificationPublisher: publisher,
      notificationConsumer: consumer,
      dataSourceGetOneFn: load,
    })
    await loader.init()
    return {
      load: (key) => loader.get(key),
      has: (key) => loader.getInMemoryOnly(key) !== undefined,
      delete: (key) => loader.invalidateCacheFor(key),
      close: async () => {
        for (const each of clients) each.disconnect()
      },
    }
  },
}

async function load(): Promise<Task> {
  return toTask(1)
}
