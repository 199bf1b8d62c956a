import { createCache } from '@breakwater/cache'
import { costsAtMost } from '../../src/claims.ts'
import type { MicroGroup, MicroSubject } from '../../src/micro/subject.ts'
import {
  createBento,
  createCacheable,
  createDedupe,
  createHandmade,
  createLayered,
  createLru,
  createManager,
  createSingleFlight,
  type Load,
} from './peers.ts'
import { cached, type Opened } from './subject.ts'
import { LONG_MS, type Task, toTask } from './tasks.ts'

const TASK = toTask(1)

/** What all subjects of a group do, each in a loop of its own. */
interface Misses {
  single(load: Load): Opened['loop']
  handmade(load: Load): Opened['loop']
  ours(load: Load): Opened['loop']
  oursTagged(load: Load): Opened['loop']
  bento(load: Load, isSerialized: boolean): Opened['loop']
  cacheable(load: Load): Opened['loop']
  manager(load: Load): Opened['loop']
  layered(load: Load): Opened['loop']
  dedupe(load: Load): Opened['loop']
  lru(load: Load): Opened['loop']
}

const createOurs = () => createCache<Record<string, Task>>({ name: 'bench', ttlMs: LONG_MS })

/** One caller after the other, each with a key that nobody asked for before. */
const one: Misses = {
  single(load) {
    const read = createSingleFlight(load)
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) await read(`task:${next++}`)
    }
  },
  handmade(load) {
    const read = createHandmade(load)
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) await read(`task:${next++}`)
    }
  },
  ours(load) {
    const cache = createOurs()
    const loader = ({ key }: { readonly key: string }) => load(key)
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) await cache.getOrSet(`task:${next++}`, loader)
    }
  },
  oursTagged(load) {
    const cache = createOurs()
    const loader = ({ key }: { readonly key: string }) => load(key)
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) await cache.getOrSet(`task:${next++}`, loader, { tags: ['tasks', 'open'] })
    }
  },
  bento(load, isSerialized) {
    const bento = createBento(isSerialized)
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) {
        const key = `task:${next++}`
        await bento.getOrSet({ key, factory: () => load(key) })
      }
    }
  },
  cacheable(load) {
    const cache = createCacheable()
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) {
        const key = `task:${next++}`
        await cache.getOrSet(key, () => load(key))
      }
    }
  },
  manager(load) {
    const manager = createManager()
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) {
        const key = `task:${next++}`
        await manager.wrap(key, () => load(key))
      }
    }
  },
  layered(load) {
    const loader = createLayered(load)
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) await loader.get(`task:${next++}`)
    }
  },
  dedupe(load) {
    const cache = createDedupe(load)
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) await cache.task(`task:${next++}`)
    }
  },
  lru(load) {
    const lru = createLru(load)
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) await lru.fetch(`task:${next++}`)
    }
  },
}

const CALLERS = 1_000

/** All callers at once, with one key that nobody asked for before. */
const many: Misses = {
  single(load) {
    const read = createSingleFlight(load)
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) {
        const key = `task:${next++}`
        await together(() => read(key))
      }
    }
  },
  handmade(load) {
    const read = createHandmade(load)
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) {
        const key = `task:${next++}`
        await together(() => read(key))
      }
    }
  },
  ours(load) {
    const cache = createOurs()
    const loader = ({ key }: { readonly key: string }) => load(key)
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) {
        const key = `task:${next++}`
        await together(() => cache.getOrSet(key, loader))
      }
    }
  },
  oursTagged(load) {
    const cache = createOurs()
    const loader = ({ key }: { readonly key: string }) => load(key)
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) {
        const key = `task:${next++}`
        await together(() => cache.getOrSet(key, loader, { tags: ['tasks', 'open'] }))
      }
    }
  },
  bento(load, isSerialized) {
    const bento = createBento(isSerialized)
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) {
        const key = `task:${next++}`
        await together(() => bento.getOrSet({ key, factory: () => load(key) }))
      }
    }
  },
  cacheable(load) {
    const cache = createCacheable()
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) {
        const key = `task:${next++}`
        await together(() => cache.getOrSet(key, () => load(key)))
      }
    }
  },
  manager(load) {
    const manager = createManager()
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) {
        const key = `task:${next++}`
        await together(() => manager.wrap(key, () => load(key)))
      }
    }
  },
  layered(load) {
    const loader = createLayered(load)
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) {
        const key = `task:${next++}`
        await together(() => loader.get(key))
      }
    }
  },
  dedupe(load) {
    const cache = createDedupe(load)
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) {
        const key = `task:${next++}`
        await together(() => cache.task(key))
      }
    }
  },
  lru(load) {
    const lru = createLru(load)
    let next = 0
    return async (times) => {
      for (let i = 0; i < times; i++) {
        const key = `task:${next++}`
        await together(() => lru.fetch(key))
      }
    }
  },
}

/** All are called before any is answered. */
async function together(call: () => Promise<Task | null | undefined>): Promise<void> {
  const calls = new Array<Promise<Task | null | undefined>>(CALLERS)
  for (let i = 0; i < CALLERS; i++) calls[i] = call()
  for (const task of await Promise.all(calls))
    if (task?.id !== TASK.id) throw new Error('Cannot measure what gives another task')
}

/** What is loaded has its answer at once. The check tells how often it was. */
function missing(name: string, start: (load: Load) => Opened['loop']): MicroSubject {
  return cached(name, () => {
    let loads = 0
    const loop = start(async () => {
      loads = (loads + 1) | 0
      return TASK
    })
    return {
      async loop(times) {
        loads = 0
        await loop(times)
        return loads
      },
    }
  })
}

const FLOOR = 'a map of promises'
const HANDMADE = 'a map of promises before lru-cache'
const TAGGED = 'getOrSet, two tags'

const subjects = (misses: Misses): Pick<MicroGroup, 'floor' | 'ours' | 'peers' | 'expected'> => ({
  floor: missing(FLOOR, misses.single),
  ours: [missing('getOrSet', misses.ours), missing(TAGGED, misses.oursTagged)],
  peers: [
    missing(HANDMADE, misses.handmade),
    missing('bentocache', (load) => misses.bento(load, true)),
    missing('bentocache, kept as it is', (load) => misses.bento(load, false)),
    missing('cacheable', misses.cacheable),
    missing('cache-manager, wrap', misses.manager),
    missing('layered-loader', misses.layered),
    missing('async-cache-dedupe', misses.dedupe),
    missing('lru-cache, fetch', misses.lru),
  ],
  expected: 3,
})

/** What misses of a cache of one layer add to a load. */
export const misses: readonly MicroGroup[] = [
  {
    id: 'miss',
    title: 'A miss',
    about:
      'One operation awaits a task with a new key; its loader has the answer at once, and each cache keeps 1,000 at most. The floor is a map of loads that are under way, and keeps no value.',
    ...subjects(one),
    claims: [
      costsAtMost('getOrSet', 1.5, FLOOR, 'A load is a few objects more; none of them needs a timer of its own.'),
      costsAtMost('getOrSet', 1.5, HANDMADE, 'The same, beside what keeps the value as well.'),
    ],
  },
  {
    id: 'cold-key',
    title: '1,000 callers of one cold key',
    about:
      'One operation is 1,000 callers at once who await a task with a new key, which is loaded once. Time and bytes are those of all of them.',
    ...subjects(many),
    claims: [costsAtMost('getOrSet', 1.5, FLOOR, 'Who joins a load looks into two maps and shares its promise.')],
  },
]
