import { useRedis } from '@breakwater/testing/services'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RedisClient } from '../src/lib/redis/redis-client.ts'
import type { SimulatedClientOptions } from '../src/lib/testing/simulated-client.ts'
import { createWorld } from '../src/lib/testing/simulated-network.ts'

// What a user's client does when connections come and go, told by ioredis on a real server and by the simulated one.

/** A client and its server, real or not. */
interface Bench {
  /** A client whose events are written down. */
  open(name: string, options?: SimulatedClientOptions): RedisClient
  /** Does something to the server at once. */
  admin(...args: string[]): Promise<unknown>
  /** Closes all connections, as a restart does. */
  killAll(): Promise<void>
  /** Lets time pass. */
  wait(ms: number): Promise<void>
  /** Lets time pass until something is so. */
  until(condition: () => boolean): Promise<void>
  /** Writes down how a command ends. */
  note(name: string, outcome: Promise<unknown>): void
  /** Whether it ended. */
  has(name: string): boolean
  /** Writes something down. */
  log(text: string): void
}

const EVENTS = ['connecting', 'connect', 'ready', 'error', 'close', 'reconnecting', 'end'] as const
/** Real servers may take their time on a busy machine. No scenario minds if more time passes than it asked for. */
const PATIENCE = 3
const STEADY = { retryStrategy: () => 30 }

interface Scenario {
  readonly name: string
  /** Without a server that listens. */
  readonly isRefused?: boolean
  readonly play: (bench: Bench) => Promise<void>
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'connects, and answers in order',
    async play({ open, note, until, has }) {
      const client = open('one')
      note('set', client.call('set', ['key', 'value']))
      note('get', client.callBuffer('get', ['key']))
      note('missing', client.call('get', ['missing']))
      note('wrong', client.call('hmget', ['key', 'field']))
      await until(() => has('wrong'))
      note('later', client.call('mget', ['key', 'missing']))
      await until(() => has('later'))
    },
  },
  {
    name: 'tries again where nobody listens, until it is disconnected: then it says nothing more',
    isRefused: true,
    async play({ open, note, wait, until, log }) {
      const client = open('one', { retryStrategy: () => 5_000 })
      note('queued', client.call('get', ['key']))
      await until(() => client.status === 'reconnecting')
      await wait(10)
      client.disconnect()
      log(client.status)
      note('after', client.call('get', ['key']))
      await wait(300)
      log(client.status)
    },
  },
  {
    name: 'fails what is queued after so many tries',
    isRefused: true,
    async play({ open, note, until, has }) {
      const client = open('one', { retryStrategy: () => 1_000, maxRetriesPerRequest: 0 })
      note('queued', client.call('get', ['key']))
      await until(() => has('queued'))
    },
  },
  {
    name: 'gives up where nobody listens',
    isRefused: true,
    async play({ open, note, until, has, log }) {
      const client = open('one', { retryStrategy: null })
      note('queued', client.call('get', ['key']))
      await until(() => has('queued'))
      note('after', client.call('get', ['key']))
      await until(() => has('after'))
      log(client.status)
    },
  },
  {
    name: 'connects with the first command if it is lazy',
    async play({ open, note, wait, until, has, log }) {
      const client = open('one', { lazyConnect: true })
      await wait(30)
      log(client.status)
      note('first', client.call('set', ['key', 1]))
      log(client.status)
      await until(() => has('first'))
    },
  },
  {
    name: 'ends at once if it is lazy and disconnected',
    async play({ open, note, wait, until, has, log }) {
      const client = open('one', { lazyConnect: true })
      client.disconnect()
      await wait(20)
      note('after', client.call('get', ['key']))
      await until(() => has('after'))
      log(client.status)
    },
  },
  {
    name: 'queues nothing if it must not',
    async play({ open, note, until, has }) {
      const client = open('one', { enableOfflineQueue: false })
      note('early', client.call('get', ['key']))
      await until(() => client.status === 'ready')
      note('late', client.call('get', ['key']))
      await until(() => has('late'))
    },
  },
  {
    name: 'fails what waits when it is disconnected',
    async play({ open, note, wait, until, has, log }) {
      const client = open('one')
      await until(() => client.status === 'ready')
      note('read', client.call('xread', ['BLOCK', 2_000, 'STREAMS', 'log', '0']))
      note('behind', client.call('get', ['key']))
      await wait(20)
      client.disconnect()
      log(client.status)
      note('at once', client.call('get', ['key']))
      await wait(40)
      note('after', client.call('get', ['key']))
      await until(() => has('after'))
    },
  },
  {
    name: 'sends again what was not answered',
    async play({ open, note, wait, until, has, killAll, admin }) {
      const client = open('one', STEADY)
      await until(() => client.status === 'ready')
      note('read', client.call('xread', ['BLOCK', 2_000, 'STREAMS', 'log', '0']))
      note('behind', client.call('set', ['key', 'behind']))
      await wait(20)
      await killAll()
      await until(() => client.status !== 'ready')
      await until(() => client.status === 'ready')
      await admin('xadd', 'log', '5-5', 'field', 'value')
      await until(() => has('behind'))
    },
  },
  {
    name: 'never settles what it may not send again',
    async play({ open, note, wait, until, killAll }) {
      const client = open('one', { autoResendUnfulfilledCommands: false, retryStrategy: () => 300 })
      await until(() => client.status === 'ready')
      note('read', client.call('xread', ['BLOCK', 2_000, 'STREAMS', 'log', '0']))
      await wait(20)
      await killAll()
      await until(() => client.status !== 'ready')
      note('queued', client.call('get', ['key']))
      await wait(400)
    },
  },
  {
    name: 'fails what was not answered after so many tries',
    async play({ open, note, wait, until, has, killAll }) {
      const client = open('one', { ...STEADY, maxRetriesPerRequest: 0 })
      await until(() => client.status === 'ready')
      note('read', client.call('xread', ['BLOCK', 2_000, 'STREAMS', 'log', '0']))
      await wait(20)
      await killAll()
      await until(() => client.status !== 'ready')
      await until(() => client.status === 'ready')
      note('after', client.call('get', ['key']))
      await until(() => has('after'))
    },
  },
  {
    name: 'ends with its only connection if it must not try again',
    async play({ open, note, wait, until, has, killAll }) {
      const client = open('one', { retryStrategy: null })
      await until(() => client.status === 'ready')
      note('read', client.call('xread', ['BLOCK', 2_000, 'STREAMS', 'log', '0']))
      await wait(20)
      await killAll()
      await until(() => client.status === 'end')
      note('after', client.call('get', ['key']))
      await until(() => has('after'))
    },
  },
  {
    name: 'fails a command that takes too long, and ignores its answer',
    async play({ open, note, wait, until, has, admin }) {
      const client = open('one', { commandTimeout: 400 })
      await until(() => client.status === 'ready')
      note('read', client.call('xread', ['BLOCK', 2_000, 'STREAMS', 'log', '0']))
      await until(() => has('read'))
      await admin('xadd', 'log', '1-1', 'field', 'value')
      await wait(30)
      note('after', client.call('get', ['key']))
      await until(() => has('after'))
    },
  },
  {
    name: 'has its read ended by the next entry, by none in time, and not by a key that comes back with lower ids',
    async play({ open, note, wait, until, has, admin }) {
      const reader = open('reader')
      await until(() => reader.status === 'ready')
      const other = open('other')
      await until(() => other.status === 'ready')
      await admin('xadd', 'log', '5-5', 'a', 'b')
      note('read', reader.call('xread', ['COUNT', 10, 'BLOCK', 2_000, 'STREAMS', 'log', '5-5']))
      note('behind', reader.call('get', ['key']))
      await wait(20)
      note('del', other.call('del', ['log']))
      note('lower', other.call('xadd', ['log', '2-1', 'c', 'd']))
      await until(() => has('lower'))
      await wait(30)
      await admin('xadd', 'log', '6-1', 'e', 'f')
      await until(() => has('behind'))
      note('empty', reader.call('xread', ['BLOCK', 40, 'STREAMS', 'log', '$']))
      await until(() => has('empty'))
    },
  },
  {
    name: 'hears of changed keys',
    async play({ open, note, wait, until, has, admin, log }) {
      const client = open('one', { protocol: 2 })
      client.on('messageBuffer', (channel, keys) => log(`message ${channel} ${keys}`))
      await wait(50)
      const id = client.call('client', ['ID'])
      note(
        'id',
        id.then(() => 'known'),
      )
      await until(() => has('id'))
      note('tracking', client.call('client', ['TRACKING', 'ON', 'REDIRECT', String(await id), 'BCAST', 'PREFIX', 'v:']))
      note('subscribe', client.call('subscribe', ['__redis__:invalidate']))
      await until(() => has('subscribe'))
      await admin('set', 'v:a', '1')
      await admin('set', 'other', '1')
      await wait(20)
      await admin('del', 'v:a')
      await admin('pexpire', 'v:a', '1000')
      await wait(20)
      note('ping', client.call('ping', []))
      await until(() => has('ping'))
      await admin('flushall')
      await wait(30)
    },
  },
]

/** Writes down what happens. */
function createNotes(): Pick<Bench, 'note' | 'log' | 'has'> & {
  readonly lines: string[]
  watch(name: string, client: RedisClient): void
} {
  const lines: string[] = []
  const log = (text: string): void => void lines.push(text)
  return {
    lines,
    log,
    has: (name) => lines.some((line) => line.startsWith(`${name} =`) || line.startsWith(`${name} failed`)),
    note(name, outcome) {
      outcome.then(
        (value) => log(`${name} = ${JSON.stringify(value)}`),
        (error: Error) => log(`${name} failed: ${error.name} ${error.message}`),
      )
    },
    watch(name, client) {
      for (const event of EVENTS) {
        client.on(event, (argument) =>
          log(
            `${name} ${event} while ${client.status}${event === 'error' ? ` ${(argument as { code?: string }).code}` : ''}`,
          ),
        )
      }
    },
  }
}

async function playSimulated({ isRefused, play }: Scenario): Promise<readonly string[]> {
  const world = createWorld({ seed: 1, nodes: 1 })
  const { lines, watch, ...notes } = createNotes()
  const [node, server] = [world.nodes[0], world.servers[0]]
  if (node === undefined || server === undefined) throw new Error('Expected a node and a server')
  if (isRefused) server.crash(false)
  await play({
    ...notes,
    open(name, options) {
      const client = world.createClient(node, options)
      watch(name, client)
      return client
    },
    admin: async (...args) => server.call(...args),
    killAll: async () => server.closeSessions(),
    wait: world.run,
    async until(condition) {
      for (let waitedMs = 0; !condition() && waitedMs < 5_000; waitedMs++) await world.run(1)
    },
  })
  await world.close()
  return lines
}

describe('SimulatedClient', () => {
  const service = useRedis({ own: true })
  let admin: Redis

  beforeAll(() => {
    admin = new Redis(service.url)
  })
  beforeEach(() => admin.flushall())
  afterAll(() => admin.disconnect())

  async function playReal({ isRefused, play }: Scenario): Promise<readonly string[]> {
    const { lines, watch, ...notes } = createNotes()
    const clients: Redis[] = []
    await play({
      ...notes,
      open(name, options = {}) {
        const { hostname: host, port } = new URL(isRefused ? 'redis://127.0.0.1:1' : service.url)
        const client = new Redis(Number(port), host, options as never)
        clients.push(client)
        watch(name, client as RedisClient)
        return client as RedisClient
      },
      admin: (name = '', ...args) => admin.call(name, ...args),
      async killAll() {
        await admin.call('client', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      },
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, PATIENCE * ms)),
      async until(condition) {
        const startedAtMs = performance.now()
        while (!condition() && performance.now() - startedAtMs < 10_000)
          await new Promise((resolve) => setTimeout(resolve, 2))
      },
    })
    const seen = [...lines]
    for (const client of clients) client.disconnect()
    return seen
  }

  test.for(SCENARIOS)('$name', async (scenario) => {
    const real = await playReal(scenario)
    expect(await playSimulated(scenario)).toEqual(real)
  })
})
