import { setTimeout as sleep } from 'node:timers/promises'
import { createProxy, type TcpProxy, useRedis } from '@breakwater/testing/services'
import type { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createKeyLayout, type KeyLayout } from '../src/lib/redis/keys.ts'
import { createRedisTier } from '../src/redis.ts'
import {
  confirmed,
  connectTier,
  followTier,
  lastPosition,
  measureStalls,
  newLease,
  newName,
  openClient,
  type Probe,
  recordOf,
  until,
} from './redis-probe.ts'

const redis = useRedis({ own: true })

function layoutOf({ name }: Probe): KeyLayout {
  return createKeyLayout('breakwater:', name, 1)
}

/** Ids of the connections that the tiers of a cache opened by themselves. */
async function connectionsOf(client: Redis, name: string): Promise<string[]> {
  const list = (await client.client('LIST')) as string
  return [...list.matchAll(/^id=(\d+) .* name=(\S+) /gm)]
    .filter(([, , found]) => found?.startsWith(`breakwater:${name}`))
    .map(([, id]) => id as string)
}

describe('following the log', () => {
  test('a second process hears of a change within 100 ms', async () => {
    const probe = await followTier(openClient(redis.url))
    const other = await followTier(openClient(redis.url), { name: probe.name })
    const tookMs: number[] = []
    for (let i = 0; i < 20; i++) {
      const startMs = performance.now()
      const { id } = await probe.tier.delete(0, ['a'])
      await until(() => other.mutations.at(-1)?.position.id === id)
      tookMs.push(performance.now() - startMs)
    }
    expect(tookMs.sort((a, b) => a - b)[10]).toBeLessThan(100)
    expect(other.told.slice(0, 2)).toEqual(['history', 'confirmed'])
  })

  test('more changes than one answer holds arrive all and in order', async () => {
    const probe = await followTier(openClient(redis.url))
    const other = await followTier(openClient(redis.url), { name: probe.name })
    await Promise.all(Array.from({ length: 3_500 }, () => probe.tier.delete(0, ['a'])))
    await confirmed(other)
    expect(other.mutations.map(({ position }) => position.seq)).toEqual(Array.from({ length: 3_500 }, (_, i) => i + 2))
    expect(other.histories).toHaveLength(1)
  })

  test('nothing is confirmed before what was committed earlier is told', async () => {
    const probe = await followTier(openClient(redis.url))
    const other = await followTier(openClient(redis.url), { name: probe.name })
    for (let i = 0; i < 10; i++) {
      const { seq } = await probe.tier.delete(0, ['a'])
      const committedAtMs = performance.now()
      await until(() => (other.confirmedAtMs[0] ?? 0) >= committedAtMs)
      expect(other.mutations.at(-1)?.position.seq).toBeGreaterThanOrEqual(seq)
    }
  })

  test('now() is the time of the server', async () => {
    const probe = await followTier(openClient(redis.url))
    const client = openClient(redis.url)
    // One answer that was long on its way says little: it gets better with the next ones.
    await until(async () => {
      const beforeMs = probe.tier.now()
      const [seconds, micros] = (await client.time()) as unknown as [number, number]
      const serverMs = Number(seconds) * 1_000 + Number(micros) / 1_000
      return beforeMs - 5 < serverMs && serverMs < probe.tier.now() + 5
    })
    expect(Number.isInteger(probe.tier.now())).toBe(true)
  })

  test('what was missed while the connection was killed is told, without a new history', async () => {
    const probe = await followTier(openClient(redis.url))
    const other = await followTier(openClient(redis.url), { name: probe.name })
    const admin = openClient(redis.url)
    for (let round = 0; round < 5; round++) {
      for (const id of await connectionsOf(admin, probe.name)) await admin.client('KILL', 'ID', id)
      await probe.tier.delete(0, [`${round}`])
      await confirmed(other)
    }
    expect(other.mutations).toMatchObject(Array.from({ length: 5 }, (_, round) => ({ keys: [`${round}`] })))
    expect(other.histories).toHaveLength(1)
  })

  test('a killed connection is told of once, until it is well again', async () => {
    const probe = await followTier(openClient(redis.url))
    const admin = openClient(redis.url)
    for (let round = 1; round <= 2; round++) {
      for (const id of await connectionsOf(admin, probe.name)) await admin.client('KILL', 'ID', id)
      await until(() => probe.failures.length === round)
      await confirmed(probe)
    }
    expect(probe.failures.map(({ message }) => message)).toEqual([
      expect.stringMatching(`^Cannot follow shard 0 of cache "${probe.name}": `),
      expect.stringMatching(`^Cannot follow shard 0 of cache "${probe.name}": `),
    ])
    expect(probe.failures.every(({ message }) => !message.includes('\n'))).toBe(true)
  })

  test('a log that was cut short beyond what was told is a new history, not a new incarnation', async () => {
    const link = await openLink(redis.port)
    const probe = await followTier(openClient(`redis://127.0.0.1:${link.port}`))
    const writer = await followTier(openClient(redis.url), { name: probe.name, maxLog: 100 })
    const { seq } = await writer.tier.invalidate(0, ['t'])
    await confirmed(probe)
    link.freeze()
    await until(() => probe.failures.length === 1)
    for (let i = 0; i < 500; i++) await writer.tier.delete(0, ['a'])
    link.thaw()
    await confirmed(probe)
    expect(probe.histories).toMatchObject([
      { isNew: true },
      { isNew: false, position: { seq: 502 }, floorSeq: 0, tags: new Map([['t', seq]]) },
    ])
    expect(probe.mutations).toMatchObject([{ kind: 'invalidate' }])
  })

  test('what somebody else writes into the log makes it begin anew', async () => {
    const client = openClient(redis.url)
    const probe = await followTier(client)
    await client.xadd(layoutOf(probe).log(0), '2-1', 'd', 'no JSON')
    await until(() => probe.histories.length === 2)
    expect(probe.histories.map(({ isNew }) => isNew)).toEqual([true, true])
    await probe.tier.delete(0, ['b'])
    await confirmed(probe)
    expect(probe.mutations).toMatchObject([{ keys: ['b'] }])
  })
})

describe('a shared state that is gone', () => {
  for (const [what, remove] of [
    ['everything', (client: Redis) => client.flushall()],
    ['the state', (client: Redis, layout: KeyLayout) => client.del(layout.state(0))],
    ['the log', (client: Redis, layout: KeyLayout) => client.del(layout.log(0))],
    ['the tags', (client: Redis, layout: KeyLayout) => client.del(layout.tags(0))],
    ['all entries of the log', (client: Redis, layout: KeyLayout) => client.xtrim(layout.log(0), 'MAXLEN', 0)],
    ['the type of the state', (client: Redis, layout: KeyLayout) => client.set(layout.state(0), 'x')],
    ['the type of the log', (client: Redis, layout: KeyLayout) => client.set(layout.log(0), 'x')],
    ['the type of the tags', (client: Redis, layout: KeyLayout) => client.set(layout.tags(0), 'x')],
  ] as const) {
    test(`${what}: the next change begins a new incarnation, in which nothing from before counts`, async () => {
      const client = openClient(redis.url)
      const probe = await followTier(client)
      const layout = layoutOf(probe)
      const since = lastPosition(probe)
      const [lease, held] = [newLease(), newLease()]
      await probe.tier.read('a', lease)
      await probe.tier.fill('a', lease.token, recordOf(1), since)
      await probe.tier.read('b', held)
      await probe.tier.invalidate(0, ['t'])
      await confirmed(probe)

      await remove(client, layout)
      const position = await probe.tier.delete(0, ['c'])
      expect(position.seq).toBe(2)
      expect(await probe.tier.fill('b', held.token, recordOf(2), since)).toBe(false)
      expect(await probe.tier.set('b', recordOf(3), since, 'op', false)).toMatchObject({ kind: 'deleted' })
      await until(() => probe.histories.length === 2)
      await confirmed(probe)
      expect(probe.histories[1]).toMatchObject({ isNew: true, clearedSeq: 0, floorSeq: 0, tags: new Map() })
      expect((await probe.tier.read('a')).kind).toMatch(/^(absent|unusable)$/)
      expect((await probe.tier.read('a')).kind).toBe(what === 'everything' ? 'absent' : 'unusable')

      await probe.tier.delete(0, ['d'])
      await confirmed(probe)
      expect(probe.mutations.at(-1)).toMatchObject({ kind: 'delete', keys: ['d'] })
    })
  }

  test('nothing is left: it is noticed without any change, and begun anew', async () => {
    const client = openClient(redis.url)
    const probe = await followTier(client)
    await client.flushall()
    await until(() => probe.histories.length === 2)
    expect(probe.histories[1]).toMatchObject({ isNew: true, position: { seq: 1 } })
    await confirmed(probe)
    expect(probe.failures).toEqual([])
  })

  test('as many changes in the new incarnation as in the old one do not hide it', async () => {
    const client = openClient(redis.url)
    const probe = await followTier(client)
    const writer = await followTier(openClient(redis.url), { name: probe.name })
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 5; i++) await writer.tier.delete(0, ['old'])
      await confirmed(probe)
      const count = probe.histories.length
      await client.del(layoutOf(probe).state(0))
      await Promise.all(Array.from({ length: 30 }, () => writer.tier.delete(0, ['new'])))
      await confirmed(probe)
      expect(probe.histories.length).toBeGreaterThan(count)
      expect(probe.histories.at(-1)?.isNew).toBe(true)
    }
  })
})

describe('a server without room', () => {
  const full = useRedis({ own: true, settings: { 'maxmemory-policy': 'noeviction' } })

  test('what makes something void is not refused when nothing more fits in', async () => {
    const client = openClient(full.url)
    const probe = await followTier(client)
    const since = lastPosition(probe)
    await probe.tier.set('a', recordOf(1), since, 'op', false)
    await confirmed(probe)
    await client.config('SET', 'maxmemory', '1')
    onTestFinished(async () => void (await client.config('SET', 'maxmemory', '0')))
    await expect(probe.tier.set('b', recordOf(1), since, 'op-2', false)).rejects.toThrow(/^OOM/)
    const length = await client.xlen(layoutOf(probe).log(0))
    await probe.tier.delete(0, ['a'])
    await probe.tier.invalidate(0, ['t'])
    await probe.tier.clear(0)
    expect(await client.xlen(layoutOf(probe).log(0))).toBe(length + 3)
    expect(await probe.tier.read('a')).toEqual({ kind: 'absent' })
    await confirmed(probe)
    expect(probe.mutations.map(({ kind }) => kind)).toEqual(['set', 'delete', 'invalidate', 'clear'])
  })
})

describe('a server that goes', () => {
  const lasting = useRedis({ own: true })
  const forgetful = useRedis({ own: true, settings: { appendonly: 'no' } })

  test('killed and back with its data: nothing is lost, and there is no new history', async () => {
    const probe = await followTier(openClient(lasting.url))
    const other = await followTier(openClient(lasting.url), { name: probe.name })
    await probe.tier.delete(0, ['before'])
    await lasting.kill()
    await until(() => other.failures.length > 0 && !other.tier.isReady)
    await sleep(300)
    await lasting.restart()
    await until(() => probe.tier.isReady)
    await probe.tier.delete(0, ['after'])
    await confirmed(other)
    expect(other.mutations).toMatchObject([{ keys: ['before'] }, { keys: ['after'] }])
    expect(other.histories).toHaveLength(1)
    expect(other.failures).toHaveLength(1)
  })

  test('killed and back without its data: a new incarnation', async () => {
    const probe = await followTier(openClient(forgetful.url))
    await probe.tier.invalidate(0, ['t'])
    await confirmed(probe)
    await forgetful.kill()
    await forgetful.restart()
    await until(() => probe.histories.length === 2)
    expect(probe.histories[1]).toMatchObject({ isNew: true, position: { seq: 1 }, tags: new Map() })
    await confirmed(probe)
  })

  test('frozen for longer than any limit: noticed in time, and followed again', async () => {
    const probe = await followTier(openClient(lasting.url))
    await lasting.pause()
    const stalledMs = measureStalls()
    const frozenAtMs = performance.now()
    await until(() => probe.failures.length === 1)
    expect(performance.now() - frozenAtMs).toBeLessThan(1_000 + stalledMs())
    expect(probe.failures[0]?.message).toMatch(/no answer within \d+ ms$/)
    await sleep(2_500)
    expect(probe.confirmedAtMs[0]).toBeLessThan(frozenAtMs)
    await lasting.resume()
    await confirmed(probe)
    await until(() => probe.tier.isReady)
    await probe.tier.delete(0, ['after'])
    await confirmed(probe)
    expect(probe.mutations).toMatchObject([{ keys: ['after'] }])
    expect(probe.histories).toHaveLength(1)
  })

  test('not there at the start: it comes later', async () => {
    await lasting.kill()
    const probe = connectTier(openClient(lasting.url))
    await until(() => probe.failures.length === 1)
    expect(probe.failures[0]?.message).toMatch(/ECONNREFUSED/)
    expect(probe.tier.isReady).toBe(false)
    expect(probe.histories).toEqual([])
    const beforeMs = Date.now()
    const nowMs = probe.tier.now()
    expect([nowMs > beforeMs - 50, nowMs < Date.now() + 50]).toEqual([true, true])
    await lasting.restart()
    await until(() => probe.tier.isReady)
    await confirmed(probe)
    expect(probe.told.slice(0, 2)).toEqual(['history', 'confirmed'])
  })

  test('a server that became a replica is not believed', async () => {
    const client = openClient(lasting.url)
    const probe = await followTier(client)
    await client.call('replicaof', '127.0.0.1', '1')
    onTestFinished(async () => void (await client.call('replicaof', 'NO', 'ONE')))
    await until(() => probe.failures.length === 1)
    const confirmedAtMs = probe.confirmedAtMs[0]
    await sleep(600)
    expect(probe.confirmedAtMs[0]).toBe(confirmedAtMs)
    await client.call('replicaof', 'NO', 'ONE')
    await confirmed(probe)
  })

  test('a connection cut without a word is noticed in time', async () => {
    const link = await openLink(lasting.port)
    const probe = await followTier(openClient(`redis://127.0.0.1:${link.port}`), { maxStalenessMs: 400 })
    link.freeze()
    const stalledMs = measureStalls()
    const frozenAtMs = performance.now()
    await until(() => probe.failures.length === 1)
    expect(performance.now() - frozenAtMs).toBeLessThan(450 + stalledMs())
    link.thaw()
    await confirmed(probe)
    expect(probe.histories).toHaveLength(1)
  })
})

/** A proxy to a port, gone after the test. */
async function openLink(port: number): Promise<TcpProxy> {
  const link = await createProxy({ port })
  onTestFinished(() => link.close())
  return link
}

describe('close()', () => {
  test('close() leaves no connection, and the client open', async () => {
    const client = openClient(redis.url)
    const probe = await followTier(client, { shards: 3, tracking: true })
    await until(async () => (await connectionsOf(client, probe.name)).length === 4)
    const startMs = performance.now()
    await probe.tier.close()
    expect(performance.now() - startMs).toBeLessThan(1_000)
    await until(async () => (await connectionsOf(client, probe.name)).length === 0)
    const { length } = probe.told
    expect(await client.ping()).toBe('PONG')
    expect(probe.tier.isReady).toBe(false)
    await sleep(300)
    expect(probe.told).toHaveLength(length)
    await probe.tier.close()
  })

  test('close() ends within a second while the server is frozen, and while it is away', async () => {
    const gone = openClient('redis://127.0.0.1:1')
    const away = connectTier(gone, { tracking: true })
    const frozen = await followTier(openClient(redis.url), { tracking: true })
    await redis.pause()
    onTestFinished(() => redis.resume())
    const connecting = connectTier(openClient(redis.url), { tracking: true })
    await sleep(50)
    const startMs = performance.now()
    await Promise.all([away, frozen, connecting].map(({ tier }) => tier.close()))
    expect(performance.now() - startMs).toBeLessThan(1_000)
    await redis.resume()
  })

  test('close() leaves nothing that keeps the process alive', async () => {
    const { Redis } = await import('ioredis')
    const before = process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length
    const client = new Redis(redis.url)
    client.on('error', () => {})
    const tier = createRedisTier(client, { tracking: true, shards: 2 }).connect(
      { name: newName(), maxStalenessMs: 1_000, clock: (await import('@breakwater/core')).systemClock },
      { onHistory() {}, onMutations() {}, onConfirmed() {}, onForeignChange() {}, onFailure() {} },
    )
    await until(() => tier.isReady)
    await sleep(100)
    await tier.close()
    client.disconnect()
    await until(() => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length <= before)
  })

  test('a lazy client is woken', async () => {
    const probe = connectTier(openClient(redis.url, { lazyConnect: true }))
    await until(() => probe.tier.isReady)
    await confirmed(probe)
  })
})
