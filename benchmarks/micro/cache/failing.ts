import { setTimeout as sleep } from 'node:timers/promises'
import { createCache } from '@breakwater/cache'
import { type FigureGroup, type FigureSubject, isAtMost, isBetween } from '../../src/figures/group.ts'
import {
  createBento,
  createCacheable,
  createDedupe,
  createHandmade,
  createLayered,
  createLru,
  createManager,
  type Load,
} from './peers.ts'
import { LONG_MS, type Task } from './tasks.ts'

const CALLERS = 200
const LOAD_MS = 20
const KEY = 'task:1'

const LOADS = 'loads'
const TOLD = 'callers who hear the error in %'
const MS = 'ms until all are answered'

/** All callers ask at once for what cannot be loaded. */
function failing(name: string, start: (load: Load) => () => Promise<unknown>): FigureSubject {
  return {
    name,
    async measure(scale) {
      const callers = Math.max(10, Math.round(CALLERS * scale))
      const problem = new Error('down')
      let loads = 0
      const read = start(async () => {
        loads++
        await sleep(LOAD_MS)
        throw problem
      })
      const startedMs = performance.now()
      const answers = await Promise.allSettled(Array.from({ length: callers }, read))
      const ms = performance.now() - startedMs
      const told = answers.filter(({ status }) => status === 'rejected').length
      return { [LOADS]: loads, [TOLD]: (100 * told) / callers, [MS]: ms }
    },
  }
}

const OURS = 'getOrSet'

/** What many callers make of a loader that fails. */
export const failures: FigureGroup = {
  id: 'failing-loader',
  title: 'A failing loader with 200 callers',
  about:
    'All of them ask at once for one key; its loader takes 20 ms and throws. An error that is wrapped into another one counts as heard.',
  figures: [LOADS, TOLD, MS],
  ours: [
    failing(OURS, (load) => {
      const cache = createCache<Record<string, Task>>({ name: 'bench', ttlMs: LONG_MS })
      return () => cache.getOrSet(KEY, ({ key }) => load(key))
    }),
  ],
  peers: [
    failing('a map of promises before lru-cache', (load) => {
      const read = createHandmade(load)
      return () => read(KEY)
    }),
    failing('bentocache', (load) => {
      const bento = createBento(true)
      return () => bento.getOrSet({ key: KEY, factory: () => load(KEY) })
    }),
    failing('cacheable', (load) => {
      const cache = createCacheable()
      return () => cache.getOrSet(KEY, () => load(KEY))
    }),
    failing('cache-manager, wrap', (load) => {
      const manager = createManager()
      return () => manager.wrap(KEY, () => load(KEY))
    }),
    failing('layered-loader', (load) => {
      const loader = createLayered(load)
      return () => loader.get(KEY)
    }),
    failing('async-cache-dedupe', (load) => {
      const cache = createDedupe(load)
      return () => cache.task(KEY)
    }),
    failing('lru-cache, fetch', (load) => {
      const lru = createLru(load)
      return () => lru.fetch(KEY)
    }),
  ],
  claims: [
    isAtMost(OURS, LOADS, 1, 'A source that is down must not be asked once for each caller.'),
    isBetween(OURS, TOLD, 100, 100, 'An error that nobody hears is a value that nobody expects.'),
    isAtMost(OURS, MS, 2 * LOAD_MS, 'Who waits together hears it together.'),
  ],
}
