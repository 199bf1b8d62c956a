import { createCache } from '@breakwater/cache'
import { costsAtMost, isFaster } from '../../src/claims.ts'
import type { MicroGroup } from '../../src/micro/subject.ts'
import {
  createBento,
  createCacheable,
  createDedupe,
  createLayered,
  createLru,
  createManager,
  type Dedupe,
} from './peers.ts'
import { cached } from './subject.ts'
import { KEYS, LONG_MS, loadNone, MASK, TASKS, type Task } from './tasks.ts'

const TAGS = ['tasks', 'open'] as const
const loadKey = async (key: string): Promise<Task> => TASKS[KEYS.indexOf(key)] as Task

/** Ours, with all tasks in it. */
async function open(tags?: readonly string[]) {
  const cache = createCache<Record<string, Task>>({ name: 'bench', ttlMs: LONG_MS })
  for (const [id, key] of KEYS.entries()) await cache.set(key, TASKS[id] as Task, { tags })
  return cache
}

const PEEK = 'peek'
const LRU = 'lru-cache, get with ttl'

/** What a hit of the first layer costs at once. */
const raw: MicroGroup = {
  id: 'raw-hit',
  title: 'A raw hit',
  about:
    'One operation reads one of 512 tasks that are there, without a promise. The floor knows no time and no order of use.',
  floor: cached('Map.get', () => {
    const map = new Map(KEYS.map((key, id) => [key, TASKS[id] as Task]))
    return {
      loop(times) {
        let sum = 0
        for (let i = 0; i < times; i++) sum = (sum + (map.get(KEYS[i & MASK] as string) as Task).id) | 0
        return sum
      },
    }
  }),
  ours: [
    cached(PEEK, async () => {
      const cache = await open()
      return {
        loop(times) {
          let sum = 0
          for (let i = 0; i < times; i++) sum = (sum + (cache.peek(KEYS[i & MASK] as string) as Task).id) | 0
          return sum
        },
      }
    }),
  ],
  peers: [
    cached(LRU, () => {
      const lru = createLru()
      for (const [id, key] of KEYS.entries()) lru.set(key, TASKS[id] as Task)
      return {
        loop(times) {
          let sum = 0
          for (let i = 0; i < times; i++) sum = (sum + (lru.get(KEYS[i & MASK] as string) as Task).id) | 0
          return sum
        },
      }
    }),
    cached('layered-loader, getInMemoryOnly', async () => {
      const loader = createLayered(loadKey)
      for (const key of KEYS) await loader.get(key)
      return {
        loop(times) {
          let sum = 0
          for (let i = 0; i < times; i++)
            sum = (sum + (loader.getInMemoryOnly(KEYS[i & MASK] as string) as Task).id) | 0
          return sum
        },
      }
    }),
  ],
  expected: 3,
  claims: [
    costsAtMost(
      PEEK,
      1.2,
      LRU,
      'It has one inside, which need not look at the clock; what decides is a comparison of whole numbers.',
    ),
  ],
}

const FLOOR = 'async Map.get'
const TAGGED = 'getOrSet, two tags'
const BENTO = 'bentocache, kept as it is'
const BENTO_TAGGED = 'bentocache, two tags'

/** What a hit of the first layer costs where a miss would be loaded. */
const loaded: MicroGroup = {
  id: 'hit',
  title: 'A hit, where a miss would be loaded',
  about:
    'One operation awaits one of 512 tasks that are there. The floor is an asynchronous function that looks the key up in a `Map`. Tags are given with each call. bentocache keeps JSON unless told otherwise; with tags it keeps objects here. Those of cacheable, cache-manager and layered-loader are asked without tags, as they look at none in a hit.',
  floor: cached(FLOOR, () => {
    const map = new Map(KEYS.map((key, id) => [key, TASKS[id] as Task]))
    const read = async (key: string): Promise<Task> => map.get(key) as Task
    return {
      async loop(times) {
        let sum = 0
        for (let i = 0; i < times; i++) sum = (sum + (await read(KEYS[i & MASK] as string)).id) | 0
        return sum
      },
    }
  }),
  ours: [
    cached('getOrSet', async () => {
      const cache = await open()
      return {
        async loop(times) {
          let sum = 0
          for (let i = 0; i < times; i++)
            sum = (sum + (await cache.getOrSet(KEYS[i & MASK] as string, loadNone)).id) | 0
          return sum
        },
      }
    }),
    cached(TAGGED, async () => {
      const cache = await open(TAGS)
      return {
        async loop(times) {
          let sum = 0
          for (let i = 0; i < times; i++)
            sum = (sum + (await cache.getOrSet(KEYS[i & MASK] as string, loadNone, { tags: ['tasks', 'open'] })).id) | 0
          return sum
        },
      }
    }),
    cached('get', async () => {
      const cache = await open()
      return {
        async loop(times) {
          let sum = 0
          for (let i = 0; i < times; i++) sum = (sum + ((await cache.get(KEYS[i & MASK] as string)) as Task).id) | 0
          return sum
        },
      }
    }),
  ],
  peers: [
    cached('bentocache', async () => {
      const bento = createBento(true)
      for (const [id, key] of KEYS.entries()) await bento.set({ key, value: TASKS[id] })
      return {
        async loop(times) {
          let sum = 0
          for (let i = 0; i < times; i++)
            sum = (sum + (await bento.getOrSet({ key: KEYS[i & MASK] as string, factory: loadNone })).id) | 0
          return sum
        },
      }
    }),
    cached(BENTO, async () => {
      const bento = createBento(false)
      for (const [id, key] of KEYS.entries()) await bento.set({ key, value: TASKS[id] })
      return {
        async loop(times) {
          let sum = 0
          for (let i = 0; i < times; i++)
            sum = (sum + (await bento.getOrSet({ key: KEYS[i & MASK] as string, factory: loadNone })).id) | 0
          return sum
        },
      }
    }),
    cached(BENTO_TAGGED, async () => {
      const bento = createBento(false)
      for (const [id, key] of KEYS.entries()) await bento.set({ key, value: TASKS[id], tags: [...TAGS] })
      return {
        async loop(times) {
          let sum = 0
          for (let i = 0; i < times; i++) {
            const key = KEYS[i & MASK] as string
            sum = (sum + (await bento.getOrSet({ key, factory: loadNone, tags: ['tasks', 'open'] })).id) | 0
          }
          return sum
        },
      }
    }),
    cached('cacheable', async () => {
      const cache = createCacheable()
      for (const [id, key] of KEYS.entries()) await cache.set(key, TASKS[id])
      return {
        async loop(times) {
          let sum = 0
          for (let i = 0; i < times; i++)
            sum = (sum + ((await cache.getOrSet(KEYS[i & MASK] as string, loadNone)) as Task).id) | 0
          return sum
        },
      }
    }),
    cached('cache-manager, wrap', async () => {
      const manager = createManager()
      for (const [id, key] of KEYS.entries()) await manager.set(key, TASKS[id])
      return {
        async loop(times) {
          let sum = 0
          for (let i = 0; i < times; i++) sum = (sum + (await manager.wrap(KEYS[i & MASK] as string, loadNone)).id) | 0
          return sum
        },
      }
    }),
    cached('layered-loader', async () => {
      const loader = createLayered(loadKey)
      for (const key of KEYS) await loader.get(key)
      return {
        async loop(times) {
          let sum = 0
          for (let i = 0; i < times; i++) sum = (sum + ((await loader.get(KEYS[i & MASK] as string)) as Task).id) | 0
          return sum
        },
      }
    }),
    cached('async-cache-dedupe', () => openDedupe(createDedupe(loadKey))),
    cached('lru-cache, fetch', async () => {
      const lru = createLru(loadKey)
      for (const key of KEYS) await lru.fetch(key)
      return {
        async loop(times) {
          let sum = 0
          for (let i = 0; i < times; i++) sum = (sum + ((await lru.fetch(KEYS[i & MASK] as string)) as Task).id) | 0
          return sum
        },
      }
    }),
  ],
  expected: 3,
  claims: [
    costsAtMost('getOrSet', 1.5, FLOOR, 'It keeps the promise with the value, so that a hit makes none.'),
    costsAtMost(TAGGED, 2, FLOOR, 'One number says whether anything was invalidated since the entry was looked at.'),
    costsAtMost('get', 1.5, FLOOR, 'The same as `getOrSet`.'),
    isFaster('getOrSet', 8, BENTO, 'Neither an options object nor a lock is made for a hit.'),
    isFaster(TAGGED, 8, BENTO_TAGGED, 'The same, and tags are not looked up for each hit.'),
  ],
}

async function openDedupe(cache: Dedupe) {
  for (const key of KEYS) await cache.task(key)
  return {
    async loop(times: number) {
      let sum = 0
      for (let i = 0; i < times; i++) sum = (sum + (await cache.task(KEYS[i & MASK] as string)).id) | 0
      return sum
    },
  }
}

/** What hits of the first layer cost. */
export const hits: readonly MicroGroup[] = [raw, loaded]
