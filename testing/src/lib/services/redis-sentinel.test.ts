import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { withRedis } from './redis-node.ts'
import { askSentinel } from './redis-sentinel/view.ts'
import { startRedisSentinel } from './redis-sentinel.ts'
import { askReplication } from './replication.ts'
import { useRedisSentinel } from './use.ts'

// Sentinels take their time.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const group = useRedisSentinel({ settings: { maxmemory: '20mb' } })
let client: Redis
const listeners: Redis[] = []

beforeEach(() => {
  client = new Redis({ ...group.connection, sentinelRetryStrategy: () => 50, maxRetriesPerRequest: null })
  client.on('error', () => {}) // it tries again
})

afterEach(async () => {
  for (const each of [client, ...listeners.splice(0)]) each.disconnect()
  const all = [...group.nodes, ...group.sentinels]
  await Promise.all(all.map((node) => (node.state === 'running' ? undefined : node.restart())))
  await group.untilOk()
})

/** The ports of the masters that a sentinel switches to from now on. */
async function switches(): Promise<readonly number[]> {
  const ports: number[] = []
  const listener = new Redis(group.sentinels[0]?.url ?? '')
  listeners.push(listener)
  listener.on('message', (_, message) => ports.push(Number(message.split(' ').at(-1))))
  await listener.subscribe('+switch-master')
  return ports
}

/** From `[name, value, name, value, …]`. */
function setting(answer: unknown, name: string): number {
  const list = answer as readonly string[]
  return Number(list[list.indexOf(name) + 1])
}

test('startRedisSentinel() starts a master with two replicas, as all three sentinels know', async () => {
  const [master, ...replicas] = group.nodes
  expect(await group.master()).toBe(master)
  for (const { url, port } of replicas) {
    const { role, masterPort, isLinked } = await askReplication(url)
    expect([role, masterPort, isLinked]).toEqual(['replica', master?.port, true])
    expect((await askReplication(master?.url ?? '')).online).toContain(port)
  }
  for (const { url } of group.sentinels) {
    const view = await askSentinel(url, group.masterName)
    expect([view.port, view.peers.length, view.replicas.length]).toEqual([master?.port, 2, 2])
  }
  expect(await withRedis(master?.url ?? '', (redis) => redis.config('GET', 'maxmemory'))).toEqual([
    'maxmemory',
    '20971520',
  ])
})

test('connection is what ioredis takes to find the master', async () => {
  await client.set('found', 1)
  expect(await withRedis((await group.master()).url, (redis) => redis.get('found'))).toBe('1')
})

test('killMaster() lets a replica take over once, with what it had, and restart() brings the old one back as a replica', async () => {
  await client.set('kept', 'yes')
  await client.wait(2, 5_000)
  const switched = await switches()
  const killed = await group.killMaster()
  expect(killed.state).toBe('ended')
  await group.untilOk()
  expect(await group.master()).not.toBe(killed)
  expect(await client.get('kept')).toBe('yes')
  await killed.restart()
  await group.untilOk()
  expect((await askReplication(killed.url)).role).toBe('replica')
  expect(switched).toEqual([(await group.master()).port])
})

test('failover() hands the master over, and pauseMaster() lets the sentinels do it', async () => {
  const before = await group.master()
  const after = await group.failover()
  expect([after === before, after === (await group.master())]).toEqual([false, true])
  await group.untilOk()
  const paused = await group.pauseMaster()
  expect(paused).toBe(after)
  await group.untilOk()
  expect(await group.master()).not.toBe(paused)
})

test('sentinels are set so that no try to fail over is in vain', async ({ skip }) => {
  const settings = await Promise.all(
    group.sentinels.map(({ url }) =>
      withRedis(url, async (redis) => {
        const [periods, master] = await Promise.all([
          redis.call('SENTINEL', 'DEBUG').catch((error: Error) => {
            if (/unknown/i.test(error.message)) skip('before Redis 7 its periods cannot be set')
            throw error
          }),
          redis.call('SENTINEL', 'MASTER', group.masterName),
        ])
        return {
          pingMs: setting(periods, 'PING-PERIOD'),
          askMs: setting(periods, 'ASK-PERIOD'),
          downAfterMs: setting(master, 'down-after-milliseconds'),
        }
      }),
    ),
  )
  const downAfterMs = settings.map((one) => one.downAfterMs)
  for (const { pingMs, askMs } of settings) {
    // What a replica said counts for five pings. It is asked once a second, by a timer that runs every 100 ms.
    expect(5 * pingMs).toBeGreaterThan(1_500)
    // Each asks for votes at another time, even if each heard of the master last when it suits the others least.
    const gapsMs = downAfterMs.slice(1).map((ms, rank) => ms - (downAfterMs[rank] as number))
    expect(Math.min(...gapsMs)).toBeGreaterThanOrEqual(pingMs + 100)
    expect(askMs).toBeGreaterThan(Math.max(...downAfterMs) - Math.min(...downAfterMs) + pingMs + 100)
    // A new master is connected to before it counts as dead.
    expect(Math.min(...downAfterMs)).toBeGreaterThanOrEqual(2 * pingMs + 200)
  }
})

test('sentinels keep what they know over restart()', async () => {
  const master = await group.master()
  const [sentinel] = group.sentinels
  await sentinel?.kill()
  await sentinel?.restart()
  await group.untilOk()
  expect(await group.master()).toBe(master)
})

test('startRedisSentinel() says why there is none', async () => {
  expect(await startRedisSentinel({ env: { PATH: '', TESTS_NO_INSTALL: '1' } })).toEqual({
    skip: 'no redis-server here and TESTS_NO_INSTALL is set: install it (Debian: apt-get install redis-server)',
  })
})
