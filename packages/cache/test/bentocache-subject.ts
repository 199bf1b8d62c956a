import { AsyncLocalStorage } from 'node:async_hooks'
import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import type { SimulatedClient } from '../src/lib/testing/simulated-client.ts'
import type { World } from '../src/lib/testing/simulated-network.ts'
import type { SimulatedNode } from '../src/lib/testing/simulated-node.ts'
import type { CacheNode, CacheSubject } from './explore/cache-subject.ts'

// bentocache's cache, L1 and tags as they are, on a second layer and a bus that speak to the simulated server as its own drivers for
// Redis do to a real one. Its clocks and timers are the machine's: while it runs, those are the node's whose code asks.

/** What is used of what its loaders are told. */
interface GetSetFactoryContext {
  setTags(tags: string[]): void
}

const inNode = new AsyncLocalStorage<SimulatedNode>()

/**
 * Lets `Date.now`, `performance.now` and `setTimeout` be those of the simulated process whose code asks.
 *
 * @returns A function that ends it.
 */
export function simulateTime(): () => void {
  const { setTimeout: realSet, clearTimeout: realClear } = globalThis
  const [realNow, realPerformance] = [Date.now, performance.now]
  Date.now = () => inNode.getStore()?.clock.epoch() ?? realNow()
  performance.now = () => inNode.getStore()?.clock.now() ?? realPerformance.call(performance)
  globalThis.setTimeout = ((run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
    const node = inNode.getStore()
    if (node === undefined) return realSet(run, ms, ...args)
    const stop = node.clock.after(Math.max(0, ms), () => inNode.run(node, () => run(...args)))
    return { stop, unref() {}, ref() {}, hasRef: () => true, [Symbol.toPrimitive]: () => 0 }
  }) as never
  globalThis.clearTimeout = ((timer: { stop?: () => void } | undefined) => {
    if (timer?.stop !== undefined) timer.stop()
    else realClear(timer as never)
  }) as never
  return () => {
    Date.now = realNow
    performance.now = realPerformance
    Object.assign(globalThis, { setTimeout: realSet, clearTimeout: realClear })
  }
}

/** Its second layer, with the commands of its driver for Redis. */
function createL2(client: SimulatedClient, prefix = 'bento'): object {
  const nameOf = (key: string): string => `${prefix}:${key}`
  return {
    type: 'l2',
    namespace: (name: string) => createL2(client, `${prefix}:${name}`),
    get: async (key: string) => (await client.call('get', nameOf(key))) ?? undefined,
    async set(key: string, value: string, ttl?: number) {
      return (await client.call('set', nameOf(key), value, ...(ttl ? ['PX', Math.ceil(ttl)] : []))) === 'OK'
    },
    delete: async (key: string) => ((await client.call('unlink', nameOf(key))) as number) > 0,
    async deleteMany(keys: readonly string[]) {
      for (const key of keys) await client.call('unlink', nameOf(key))
      return true
    },
    clear: async () => {}, // it marks what was cleared by a time, and calls this only to remove everything for good
    disconnect: async () => {},
  }
}

let numbers = 0

/** Its bus, as by `PUBLISH` and `SUBSCRIBE`: who is not connected hears nothing. */
function createBus(node: SimulatedNode, client: SimulatedClient): object {
  const subscriber = client.duplicate({ autoResendUnfulfilledCommands: false, maxRetriesPerRequest: null })
  subscriber.on('error', () => {})
  let id = ''
  async function listen(handle: (message: unknown) => void): Promise<void> {
    try {
      const [latest] = (await subscriber.call('xrevrange', 'bus', '+', '-', 'COUNT', 1)) as [[string, string[]]?]
      for (let last = latest?.[0] ?? '0-0'; ; ) {
        const found = (await subscriber.call('xread', 'BLOCK', 0, 'STREAMS', 'bus', last)) as [
          [string, [string, string[]][]],
        ]
        for (const [at, [, text = '']] of found[0][1]) {
          last = at
          const { busId, payload } = JSON.parse(text)
          if (busId !== id) handle(payload)
        }
      }
    } catch {
      // Lost: what is published until it is connected again is not heard.
    }
  }
  return {
    setId(own: string) {
      id = own
      return this
    },
    async publish(_channel: string, payload: unknown) {
      const text = JSON.stringify({ busId: id, payload })
      // A number of others may have overtaken this one.
      for (;;) {
        try {
          return void (await client.call('xadd', 'bus', `${++numbers}-1`, 'm', text))
        } catch (error) {
          if (!String(error).includes('equal or smaller')) throw error
        }
      }
    },
    async subscribe(_channel: string, handle: (message: unknown) => void) {
      const begin = (): void => void inNode.run(node, () => listen(handle))
      subscriber.on('ready', begin)
      if (subscriber.status === 'ready') begin()
    },
    unsubscribe: async () => {},
    onReconnect(run: () => void) {
      subscriber.on('reconnecting', () => inNode.run(node, run))
    },
    disconnect: async () => subscriber.disconnect(),
  }
}

function create(world: World, node: SimulatedNode, options: object): CacheNode {
  const client = world.createClient(node, { maxRetriesPerRequest: null })
  client.on('error', () => {})
  const store = bentostore(options)
    .useL1Layer(memoryDriver())
    .useL2Layer({ options: {}, factory: () => createL2(client) } as never)
    .useBus({ options: {}, factory: () => createBus(node, client) } as never)
  const bento = new BentoCache({ default: 'it', stores: { it: store } })
  bento.on('bus:message:received', () => {})
  const here = <result>(run: () => Promise<result>): Promise<result> => inNode.run(node, run)
  // Its keys are checked by nobody; what it returns for none is undefined.
  return {
    getOrSet: (key, loader, tags) =>
      here(async () => {
        try {
          const factory = (context: GetSetFactoryContext) => loader({ tag: (...more) => context.setTags(more) })
          return await bento.getOrSet({ key, tags: [...tags], factory })
        } catch (error) {
          throw (error as Error).cause ?? error // it wraps what its loaders throw, which is not what is looked for here
        }
      }),
    get: (key) => here(() => bento.get({ key })),
    peek: () => undefined,
    set: (key, value, tags) => here(() => bento.set({ key, value, tags: [...tags] })),
    delete: (key) => here(() => bento.delete({ key })).then(() => 'applied'),
    deleteMany: (keys) => here(() => bento.deleteMany({ keys: [...keys] })).then(() => 'applied'),
    getMany: async (keys) =>
      new Map(await Promise.all(keys.map(async (key) => [key, await here(() => bento.get({ key }))] as const))),
    async getOrSetMany(keys, loader, tags) {
      const read = async (key: string) =>
        [key, await this.getOrSet(key, async (load) => (await loader([key], load)).get(key) as string, tags)] as const
      return new Map(await Promise.all(keys.map(read)))
    },
    invalidateTags: (tags) => here(() => bento.deleteByTag({ tags: [...tags] })).then(() => 'applied'),
    async invalidate(keys, tags) {
      await this.invalidateTags(tags)
      return this.deleteMany(keys)
    },
    clear: () => here(() => bento.clear()).then(() => 'applied'),
    close: () => here(() => bento.disconnectAll()),
    dispose: () => client.disconnect(),
    leftovers: () => undefined,
  }
}

/** bentocache 1.6.1 with its defaults; deleting says `true` or `false`, which both say that it was done. */
export const bentocache: CacheSubject = {
  name: 'bentocache',
  create: ({ world, node, plan }) =>
    inNode.run(node, () =>
      create(world, node, { ttl: plan.ttlMs, ...(plan.graceMs > 0 ? { grace: plan.graceMs } : {}) }),
    ),
}
