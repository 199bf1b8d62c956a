import { createCache } from '@breakwater/cache'
import { createMemoryStore } from '@breakwater/cache/memory'
import { createCache as createAsyncCacheDedupe } from 'async-cache-dedupe'
import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { Cacheable, createKeyv } from 'cacheable'
import { Loader } from 'layered-loader'
import { LRUCache } from 'lru-cache'
import { type FigureGroup, type FigureSubject, isAtMost } from '../../src/figures/group.ts'
import { heldBytes } from '../../src/micro/held-bytes.ts'
import type { Dedupe, Load } from './peers.ts'
import { LONG_MS, type Task, toTask } from './tasks.ts'

const COUNT = 100_000
const EMPTY = 'KB while empty'
const NEW = 'bytes each, new'
const READ = 'bytes each, read once'

/** A cache that is filled and read. */
interface Filled {
  set(key: string, task: Task): unknown
  get(key: string): unknown
}

/**
 * As a driver makes it. What a template makes is a rope, which V8 copies into one piece when somebody looks into it: that would
 * be charged to whoever measures what it holds.
 */
function fromSource(task: Task): Task {
  return JSON.parse(JSON.stringify(task)) as Task
}

/** Fills a cache with tasks that somebody else holds as well, with their keys. */
function space(name: string, create: (maxEntries: number, load: Load) => Filled): FigureSubject {
  return {
    name,
    async measure(scale) {
      const count = Math.max(100, Math.round(COUNT * scale))
      const keys = Array.from({ length: count }, (_, id) => `task:${id}`)
      const tasks = keys.map((_, id) => fromSource(toTask(id)))
      const numbers = new Map(keys.map((key, id) => [key, id]))
      const load: Load = async (key) => tasks[numbers.get(key) as number] as Task
      // Code, and what all caches share, is there before anything is counted.
      const sample = create(10, load)
      await sample.set('task:0', tasks[0] as Task)
      await sample.get('task:0')

      const before = await heldBytes()
      const cache = create(count, load)
      const whenEmpty = await heldBytes()
      for (let id = 0; id < count; id++) await cache.set(keys[id] as string, tasks[id] as Task)
      const whenNew = await heldBytes()
      for (const key of keys) await cache.get(key)
      const whenRead = await heldBytes()
      // Held until here.
      if (((await cache.get(keys[1] as string)) as Task | undefined)?.id !== 1 || keys.length !== tasks.length)
        throw new Error(`Cannot measure "${name}" as it lost what was put in`)
      return {
        [EMPTY]: (whenEmpty - before) / 1_024,
        [NEW]: (whenNew - before) / count,
        [READ]: (whenRead - before) / count,
      }
    },
  }
}

const OURS = 'ours'
const TAGGED = 'ours, two tags'

const ours = (name: string, tags?: readonly string[]): FigureSubject =>
  space(name, (maxEntries) => {
    const memory = createMemoryStore({ maxEntries, maxBytes: Number.MAX_SAFE_INTEGER })
    const cache = createCache<Record<string, Task>>({ name: 'bench', ttlMs: LONG_MS, memory })
    return { set: (key, task) => cache.set(key, task, { tags }), get: (key) => cache.get(key) }
  })

/** What caches hold. */
export const spaces: FigureGroup = {
  id: 'space',
  title: '100,000 entries',
  about:
    'Bytes are those that are held, on the heap and outside of it, with what is taken while a cache is empty. Keys and tasks are held by others as well, and not counted: a cache that keeps JSON holds copies of them, which are. async-cache-dedupe and layered-loader have no `set`: they load.',
  figures: [EMPTY, NEW, READ],
  ours: [ours(OURS), ours(TAGGED, ['tasks', 'open'])],
  peers: [
    space('lru-cache with ttl', (max) => {
      const lru = new LRUCache<string, Task>({ max, ttl: LONG_MS })
      return { set: (key, task) => lru.set(key, task), get: (key) => lru.get(key) }
    }),
    space('bentocache', (maxItems) => toFilled(memoryDriver({ maxItems }))),
    space('bentocache, kept as it is', (maxItems) => toFilled(memoryDriver({ maxItems, serialize: false }))),
    space('cacheable', (lruSize) => {
      const cache = new Cacheable({ primary: createKeyv({ ttl: LONG_MS, lruSize }), ttl: LONG_MS })
      return { set: (key, task) => cache.set(key, task), get: (key) => cache.get(key) }
    }),
    space('layered-loader', (maxItems, load) => {
      const loader = new Loader<Task>({ inMemoryCache: { ttlInMsecs: LONG_MS, maxItems }, dataSourceGetOneFn: load })
      return { set: (key) => loader.get(key), get: (key) => loader.get(key) }
    }),
    space('async-cache-dedupe', (size, load) => {
      const storage = { type: 'memory' as const, options: { size } }
      const cache = createAsyncCacheDedupe({ ttl: LONG_MS / 1_000, storage }).define('task', {}, load) as Dedupe
      return { set: (key) => cache.task(key), get: (key) => cache.task(key) }
    }),
  ],
  claims: [
    isAtMost(OURS, NEW, 220, 'A million entries of some 300 bytes should be half a gigabyte, not a whole one.'),
    isAtMost(OURS, READ, 220, 'The same, with the promise that hits return.'),
    isAtMost(TAGGED, NEW, 220, 'Tags are names that entries share: there is no index of what carries them.'),
  ],
}

function toFilled(driver: ReturnType<typeof memoryDriver>): Filled {
  const bento = new BentoCache({ default: 'tasks', ttl: LONG_MS, stores: { tasks: bentostore().useL1Layer(driver) } })
  return { set: (key, value) => bento.set({ key, value }), get: (key) => bento.get({ key }) }
}
