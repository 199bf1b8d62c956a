import { expect } from 'vitest'
import type { Cache, CacheOptions } from '../src/index.ts'

/** A process in a row of the table, with its own cache. */
export interface FieldNode {
  readonly cache: Cache
  /** Loses its connections, and makes new ones after a time. */
  cut(forMs: number): Promise<void>
}

/** Where a row of the table happens: a simulated world, or processes' worth of clients on a real server. */
export interface FieldSetting {
  /** Begins another process that shares the cache. */
  open(options?: Partial<CacheOptions> & { readonly clockAheadMs?: number }): Promise<FieldNode>
  /** Lets time pass. */
  sleep(ms: number): Promise<void>
  /** Lets time pass until something has ended. */
  until<result>(promise: Promise<result>): Promise<result>
  /** Milliseconds on its clock. */
  nowMs(): number
  /** Lets the server accept and never answer. */
  pause(): Promise<void>
  /** Lets it answer again. */
  resume(): Promise<void>
  /** Ends the server, which keeps its data. */
  stop(): Promise<void>
  /** Begins it again. */
  start(): Promise<void>
}

/** A row of the table: what goes wrong elsewhere, and must not here. */
export interface FieldRow {
  readonly name: string
  run(setting: FieldSetting): Promise<void>
}

/** A source with a value, and a loader that takes a while after reading it. */
function createSource(setting: FieldSetting, takesMs = 50) {
  return {
    value: 1,
    loads: 0,
    async load(this: { value: number; loads: number }): Promise<number> {
      this.loads++
      const { value } = this
      await setting.sleep(takesMs)
      return value
    },
  }
}

/** Within which everybody has heard of a change. */
const HEARD_MS = 250

/** Changes while a loader runs, in the same process or another one. */
async function changeWhileLoading(
  setting: FieldSetting,
  change: (cache: Cache) => Promise<unknown>,
  [loading, changing]: readonly [FieldNode, FieldNode],
): Promise<void> {
  const source = createSource(setting)
  const options = { tags: ['tag'] }
  const first = loading.cache.getOrSet('key', () => source.load(), options)
  // As long as that takes on a busy machine, and a little more.
  for (let tries = 0; source.loads === 0 && tries < 200; tries++) await setting.sleep(5)
  await setting.sleep(5)
  expect(source.loads).toBe(1)
  source.value = 2
  expect(await setting.until(change(changing.cache))).toBe('applied')
  expect(await setting.until(first)).toBe(1)
  await setting.sleep(HEARD_MS)
  for (const { cache } of [loading, changing])
    expect(await setting.until(cache.getOrSet('key', () => source.load(), options))).toBe(2)
}

/** Every row of the table, and what is said below it. */
export const FIELD_ROWS: readonly FieldRow[] = [
  {
    name: 'delete() while the loader of the same key runs: the old value is not kept',
    async run(setting) {
      const node = await setting.open()
      await changeWhileLoading(setting, (cache) => cache.delete('key'), [node, node])
    },
  },
  {
    name: 'set() while a loader runs: the old value does not replace the new one',
    async run(setting) {
      const node = await setting.open()
      await changeWhileLoading(setting, (cache) => cache.set('key', 2, { tags: ['tag'] }), [node, node])
    },
  },
  {
    name: 'invalidateTags() while a loader runs: the old value is not kept',
    async run(setting) {
      const node = await setting.open()
      await changeWhileLoading(setting, (cache) => cache.invalidateTags(['tag']), [node, node])
    },
  },
  {
    name: 'delete() in one process while another one loads: the old value is not kept',
    async run(setting) {
      const [one, other] = [await setting.open(), await setting.open()]
      await changeWhileLoading(setting, (cache) => cache.delete('key'), [other, one])
    },
  },
  {
    name: 'delete() while the subscription of another process is lost: it drops the value when it is back',
    async run(setting) {
      const [one, other] = [await setting.open(), await setting.open()]
      const source = createSource(setting, 1)
      expect(await setting.until(other.cache.getOrSet('key', () => source.load()))).toBe(1)
      await other.cut(300)
      source.value = 2
      expect(await setting.until(one.cache.delete('key'))).toBe('applied')
      await setting.sleep(1_100)
      expect(other.cache.peek('key')).toBeUndefined()
      expect(await setting.until(other.cache.getOrSet('key', () => source.load()))).toBe(2)
    },
  },
  {
    name: 'set() of one key in two processes at once: both serve the same in the end',
    async run(setting) {
      const [one, other] = [await setting.open(), await setting.open()]
      for (let round = 0; round < 5; round++) {
        await setting.until(
          Promise.all([one.cache.set('key', `one ${round}`), other.cache.set('key', `other ${round}`)]),
        )
        await setting.sleep(HEARD_MS)
        const values = await setting.until(Promise.all([one.cache.get('key'), other.cache.get('key')]))
        expect(values[0]).toEqual(values[1])
      }
    },
  },
  {
    name: 'a server that accepts and never answers: costs the time limit once, then almost nothing',
    async run(setting) {
      const node = await setting.open()
      const source = createSource(setting, 1)
      await setting.pause()
      const startedMs = setting.nowMs()
      expect(await setting.until(node.cache.getOrSet('key', () => source.load()))).toBe(1)
      expect(setting.nowMs() - startedMs).toBeLessThan(400)
      const secondMs = setting.nowMs()
      expect(await setting.until(node.cache.getOrSet('another', () => source.load()))).toBe(1)
      expect(setting.nowMs() - secondMs).toBeLessThan(100)
      await setting.resume()
    },
  },
  {
    name: 'delete() while the server is down: says queued, and is applied when it is back',
    async run(setting) {
      const [one, other] = [await setting.open(), await setting.open()]
      const source = createSource(setting, 1)
      expect(await setting.until(other.cache.getOrSet('key', () => source.load()))).toBe(1)
      await setting.stop()
      source.value = 2
      expect(await setting.until(one.cache.delete('key'))).toBe('queued')
      expect(await setting.until(one.cache.get('key'))).toBeUndefined()
      await setting.start()
      await setting.sleep(4_000)
      for (const { cache } of [one, other])
        expect(await setting.until(cache.getOrSet('key', () => source.load()))).toBe(2)
    },
  },
  {
    name: 'invalidateTags() in a process whose clock is 5 s off: nothing is lost',
    async run(setting) {
      for (const clockAheadMs of [-5_000, 5_000]) {
        const [one, other] = [await setting.open({ clockAheadMs }), await setting.open()]
        const source = createSource(setting, 1)
        const key = `key ${clockAheadMs}`
        expect(await setting.until(other.cache.getOrSet(key, () => source.load(), { tags: ['tag'] }))).toBe(1)
        source.value = 2
        expect(await setting.until(one.cache.invalidateTags(['tag']))).toBe('applied')
        await setting.sleep(HEARD_MS)
        for (const { cache } of [one, other])
          expect(await setting.until(cache.getOrSet(key, () => source.load(), { tags: ['tag'] }))).toBe(2)
      }
    },
  },
  {
    name: 'one cold key in two processes: one load',
    async run(setting) {
      const nodes = [await setting.open(), await setting.open()]
      const source = createSource(setting)
      const calls = nodes.flatMap(({ cache }) =>
        Array.from({ length: 20 }, () => cache.getOrSet('key', () => source.load())),
      )
      expect(new Set(await setting.until(Promise.all(calls)))).toEqual(new Set([1]))
      expect(source.loads).toBe(1)
    },
  },
  {
    name: 'a failing loader with 200 callers: one load, and all of them get its error',
    async run(setting) {
      const node = await setting.open()
      const error = new Error('down')
      let loads = 0
      const load = async (): Promise<never> => {
        loads++
        await setting.sleep(20)
        throw error
      }
      const calls = Array.from({ length: 200 }, () => node.cache.getOrSet('key', load))
      const results = await setting.until(Promise.allSettled(calls))
      expect(new Set(results.map((result) => (result as PromiseRejectedResult).reason))).toEqual(new Set([error]))
      expect(loads).toBe(1)
    },
  },
]
