import { randomBytes } from 'node:crypto'
import { useRedis } from '@breakwater/testing/services'
import { describe, expect, test } from 'vitest'
import { createKeyLayout } from '../src/lib/redis/keys.ts'
import type { RedisClient } from '../src/redis.ts'
import {
  confirmed,
  followTier,
  lastPosition,
  newLease,
  newName,
  openClient,
  type Probe,
  recordOf,
  until,
} from './redis-probe.ts'

const redis = useRedis({ own: true })
const oldRedis = useRedis({ own: true })

/** A client of a server that knows no `SET` with `NX` and `GET`, as those before Redis 7. */
function asBeforeRedis7(client: RedisClient, refused: string[]): RedisClient {
  return new Proxy(client, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property)
      if (typeof value !== 'function') return value
      if (property !== 'callBuffer') return value.bind(target)
      return (command: string, args: (string | number)[]) => {
        if (command !== 'set' || !args.includes('NX') || !args.includes('GET')) return value.call(target, command, args)
        refused.push(String(args[0]))
        return Promise.reject(new Error('ERR syntax error'))
      }
    },
  })
}

/** Stores a value as if it had been loaded just now. */
async function load(probe: Probe, key: string, value: unknown, differing = {}): Promise<void> {
  const since = lastPosition(probe)
  const lease = newLease()
  expect(await probe.tier.read(key, lease)).toEqual({ kind: 'leased' })
  expect(await probe.tier.fill(key, lease.token, recordOf(value, { seq: since.seq, ...differing }), since)).toBe(true)
}

for (const [server, service] of [
  ['Redis 7', redis],
  ['a server before Redis 7', oldRedis],
] as const) {
  const open = (): RedisClient =>
    service === redis ? openClient(service.url) : asBeforeRedis7(openClient(service.url), [])

  describe(`reading from ${server}`, () => {
    test('read() says that nothing is there', async () => {
      const { tier } = await followTier(open())
      expect(await tier.read('a')).toEqual({ kind: 'absent' })
    })

    test('read() with a lease takes it once', async () => {
      const { tier } = await followTier(open())
      const lease = newLease()
      expect(await tier.read('a', lease)).toEqual({ kind: 'leased' })
      expect(await tier.read('a', newLease())).toEqual({ kind: 'busy' })
      expect(await tier.read('a')).toEqual({ kind: 'busy' })
    })

    test('read() sent twice by the client has its lease', async () => {
      const { tier } = await followTier(open())
      const lease = newLease()
      expect(await tier.read('a', lease)).toEqual({ kind: 'leased' })
      expect(await tier.read('a', lease)).toEqual({ kind: 'leased' })
    })

    test('read() takes a lease that has run out', async () => {
      const { tier } = await followTier(open())
      await tier.read('a', newLease(30))
      const lease = newLease()
      await until(async () => (await tier.read('a', lease)).kind === 'leased')
    })

    test('read() finds a record as it was stored, whatever its tags and bytes', async () => {
      const probe = await followTier(open())
      const record = {
        seq: lastPosition(probe).seq,
        bornAtMs: 1_790_000_000_123,
        ttlMs: 1_000,
        staleWhileRevalidateMs: 2_000,
        graceMs: 60_000,
        format: 3,
        tags: ['plain', 'with space', '100%', 'Grüße 🎉', 'line\nfeed', '%0041', '\ud800'],
        body: new Uint8Array([0, 10, 13, 255, 66, 49, 32, 10]),
      }
      const lease = newLease()
      await probe.tier.read('k ey\n:{}', lease)
      expect(await probe.tier.fill('k ey\n:{}', lease.token, record, lastPosition(probe))).toBe(true)
      const found = { kind: 'found', record: { ...record, body: Buffer.from(record.body) } }
      expect(await probe.tier.read('k ey\n:{}')).toEqual(found)
      expect(await probe.tier.read('k ey\n:{}', newLease())).toEqual(found)
      expect(await probe.tier.readMany(['k ey\n:{}'])).toEqual([found])
    })

    test('read() finds a body of a megabyte, and one of nothing', async () => {
      const probe = await followTier(open())
      const body = randomBytes(2 ** 20)
      await load(probe, 'large', 0, { body })
      await load(probe, 'empty', 0, { body: new Uint8Array(0) })
      const large = await probe.tier.read('large')
      expect(large.kind === 'found' && body.equals(large.record.body)).toBe(true)
      expect(await probe.tier.read('empty')).toMatchObject({ kind: 'found', record: { body: Buffer.alloc(0) } })
    })

    test('read() says that what is of another kind cannot be used, and takes no lease of it', async () => {
      const probe = await followTier(open())
      const client = openClient(service.url)
      const layout = createKeyLayout('breakwater:', probe.name, 1)
      const { incarnation } = await stateOf(probe, client)
      const foreign: Record<string, string | Buffer> = {
        text: 'hello',
        empty: '',
        bytes: Buffer.from([0, 255, 10]),
        'newer version': 'B2 whatever 1 2 3 4 5 6\n{}',
        'another incarnation': 'B1 0123456789abcdef 1 1790000000000 60000 0 0 0\n{}',
        'without an end': `B1 ${incarnation} 1 1790000000000 60000 0 0 0`,
        'without numbers': `B1 ${incarnation} x 1790000000000 60000 0 0 0\n{}`,
        'too few numbers': `B1 ${incarnation} 1 1790000000000 60000 0 0\n{}`,
        'too large a number': `B1 ${incarnation} 1 99999999999999999999 60000 0 0 0\n{}`,
        'cut off': `B1 ${incarnation}`,
      }
      for (const [key, value] of Object.entries(foreign)) await client.set(layout.entry(0, key), value)
      await client.hset(layout.entry(0, 'hash'), 'a', 1)
      for (const key of [...Object.keys(foreign), 'hash']) {
        expect([key, await probe.tier.read(key)]).toEqual([key, { kind: 'unusable' }])
        expect([key, await probe.tier.read(key, newLease())]).toEqual([key, { kind: 'unusable' }])
        expect([key, await probe.tier.readMany([key, 'other'], newLease())]).toEqual([
          key,
          [{ kind: 'unusable' }, { kind: expect.stringMatching(/^(leased|busy)$/) }],
        ])
      }
    })

    test('readMany() reads each key, in order, twice where it is asked twice', async () => {
      const probe = await followTier(open())
      await load(probe, 'a', 1)
      await load(probe, 'b', 2)
      const busy = newLease()
      await probe.tier.read('busy', busy)
      expect(await probe.tier.readMany(['b', 'none', 'a', 'busy', 'b'])).toMatchObject([
        { kind: 'found', record: { body: Buffer.from('2') } },
        { kind: 'absent' },
        { kind: 'found', record: { body: Buffer.from('1') } },
        { kind: 'busy' },
        { kind: 'found', record: { body: Buffer.from('2') } },
      ])
      expect(await probe.tier.readMany([])).toEqual([])
    })

    test('readMany() with a lease takes it for each key that is not there', async () => {
      const probe = await followTier(open())
      await load(probe, 'a', 1)
      const lease = newLease()
      expect(await probe.tier.readMany(['x', 'a', 'y', 'x'], lease)).toMatchObject([
        { kind: 'leased' },
        { kind: 'found' },
        { kind: 'leased' },
        { kind: 'leased' },
      ])
      expect(await probe.tier.readMany(['x', 'y', 'z'], newLease())).toEqual([
        { kind: 'busy' },
        { kind: 'busy' },
        { kind: 'leased' },
      ])
      expect(await probe.tier.fill('x', lease.token, recordOf(1), lastPosition(probe))).toBe(true)
    })

    test('readMany() reads 2,500 keys at once, over several shards', async () => {
      const probe = await followTier(open(), { shards: 3 })
      const keys = Array.from({ length: 2_500 }, (_, index) => `key-${index}`)
      const lease = newLease()
      expect(new Set((await probe.tier.readMany(keys, lease)).map(({ kind }) => kind))).toEqual(new Set(['leased']))
      expect(new Set((await probe.tier.readMany(keys)).map(({ kind }) => kind))).toEqual(new Set(['busy']))
      for (let shard = 0; shard < 3; shard++)
        await probe.tier.delete(
          shard,
          keys.filter((key) => probe.tier.shardOf(key) === shard),
        )
      expect(new Set((await probe.tier.readMany(keys)).map(({ kind }) => kind))).toEqual(new Set(['absent']))
    })

    test('lease() takes the lease of a key under which there is something, once', async () => {
      const probe = await followTier(open())
      await load(probe, 'a', 1)
      const lease = newLease()
      expect(await probe.tier.lease('a', lease)).toBe('leased')
      expect(await probe.tier.lease('a', lease)).toBe('leased')
      expect(await probe.tier.lease('a', newLease())).toBe('busy')
      expect(await probe.tier.fill('a', lease.token, recordOf(2), lastPosition(probe))).toBe(true)
      expect(await probe.tier.read('a')).toMatchObject({ record: { body: Buffer.from('2') } })
      expect(await probe.tier.lease('a', newLease())).toBe('leased')
    })
  })
}

async function stateOf(probe: Probe, client: ReturnType<typeof openClient>): Promise<{ readonly incarnation: string }> {
  const layout = createKeyLayout('breakwater:', probe.name, 1)
  return { incarnation: (await client.hget(layout.state(0), 'inc')) ?? '' }
}

describe('leases', () => {
  test('createRedisTier() asks an old server only once for what it does not know', async () => {
    const refused: string[] = []
    const { tier } = await followTier(asBeforeRedis7(openClient(redis.url), refused))
    await tier.read('a', newLease())
    await tier.read('b', newLease())
    expect(refused).toHaveLength(1)
  })

  test('renew() prolongs an own lease, and no other', async () => {
    const probe = await followTier(openClient(redis.url))
    const lease = newLease(200)
    await probe.tier.read('a', lease)
    expect(await probe.tier.renew('a', { ...lease, forMs: 60_000 })).toBe(true)
    expect(await probe.tier.renew('a', newLease())).toBe(false)
    expect(await probe.tier.renew('b', lease)).toBe(false)
    const left = await openClient(redis.url).pttl(createKeyLayout('breakwater:', probe.name, 1).entry(0, 'a'))
    expect(left).toBeGreaterThan(50_000)
  })

  test('renew() prolongs a lease beside a value', async () => {
    const probe = await followTier(openClient(redis.url))
    await load(probe, 'a', 1)
    const lease = newLease(200)
    await probe.tier.lease('a', lease)
    expect(await probe.tier.renew('a', { ...lease, forMs: 60_000 })).toBe(true)
    const left = await openClient(redis.url).pttl(createKeyLayout('breakwater:', probe.name, 1).lease(0, 'a'))
    expect(left).toBeGreaterThan(50_000)
  })

  test('a lease or failure beside a value keeps the value for as long, so that nobody is given a second one', async () => {
    const probe = await followTier(openClient(redis.url))
    const client = openClient(redis.url)
    const entry = createKeyLayout('breakwater:', probe.name, 1).entry(0, 'a')
    await load(probe, 'a', 1)
    const lease = newLease(60_000)
    for (const run of [
      () => probe.tier.lease('a', lease),
      () => probe.tier.renew('a', lease),
      () => probe.tier.release('a', lease.token, { body: Buffer.from('no'), forMs: 60_000 }),
    ]) {
      await client.pexpire(entry, 5_000)
      await run()
      expect(await client.pttl(entry)).toBeGreaterThan(50_000)
    }
  })

  test('lease() of a value that has gone meanwhile takes its place', async () => {
    const { tier } = await followTier(openClient(redis.url))
    const lease = newLease()
    expect(await tier.lease('a', lease)).toBe('leased')
    expect(await tier.read('a', newLease())).toEqual({ kind: 'busy' })
    expect(await tier.lease('a', lease)).toBe('leased')
    expect(await tier.lease('a', newLease())).toBe('busy')
  })

  test('release() gives back an own lease, and no other', async () => {
    const { tier } = await followTier(openClient(redis.url))
    const lease = newLease()
    await tier.read('a', lease)
    await tier.release('a', newLease().token)
    expect(await tier.read('a')).toEqual({ kind: 'busy' })
    await tier.release('a', lease.token)
    expect(await tier.read('a')).toEqual({ kind: 'absent' })
  })

  test('release() with a failure tells others of it, for a while', async () => {
    const { tier } = await followTier(openClient(redis.url))
    const lease = newLease()
    await tier.read('a', lease)
    const body = new Uint8Array([0, 10, 255])
    await tier.release('a', lease.token, { body, forMs: 100 })
    expect(await tier.read('a', newLease())).toEqual({ kind: 'failed', body: Buffer.from(body) })
    expect(await tier.readMany(['a'], newLease())).toEqual([{ kind: 'failed', body: Buffer.from(body) }])
    await until(async () => (await tier.read('a')).kind === 'absent')
  })

  test('release() with a failure beside a value leaves the value', async () => {
    const probe = await followTier(openClient(redis.url))
    await load(probe, 'a', 1)
    const lease = newLease()
    await probe.tier.lease('a', lease)
    await probe.tier.release('a', lease.token, { body: Buffer.from('no'), forMs: 60_000 })
    expect(await probe.tier.lease('a', newLease())).toEqual({ kind: 'failed', body: Buffer.from('no') })
    expect(await probe.tier.read('a')).toMatchObject({ kind: 'found' })
  })
})

describe('fill()', () => {
  test('fill() keeps a record for as long as it may be used', async () => {
    const probe = await followTier(openClient(redis.url))
    await load(probe, 'a', 1, { ttlMs: 1_000, staleWhileRevalidateMs: 50_000, graceMs: 90_000 })
    await load(probe, 'b', 1, { ttlMs: 0, staleWhileRevalidateMs: 0, graceMs: 0 })
    await load(probe, 'c', 1, { ttlMs: Number.POSITIVE_INFINITY })
    const client = openClient(redis.url)
    const layout = createKeyLayout('breakwater:', probe.name, 1)
    const left = await client.pttl(layout.entry(0, 'a'))
    expect(left).toBeGreaterThan(80_000)
    expect(left).toBeLessThanOrEqual(91_000)
    await until(async () => (await client.exists(layout.entry(0, 'b'))) === 0)
    expect(await probe.tier.read('c')).toMatchObject({ record: { ttlMs: Number.MAX_SAFE_INTEGER } })
  })

  test('fill() is refused without the lease', async () => {
    const probe = await followTier(openClient(redis.url))
    expect(await probe.tier.fill('a', 'nobody', recordOf(1), lastPosition(probe))).toBe(false)
    await probe.tier.read('a', newLease())
    expect(await probe.tier.fill('a', 'nobody', recordOf(1), lastPosition(probe))).toBe(false)
    expect(await probe.tier.read('a')).toEqual({ kind: 'busy' })
  })

  test('fill() is refused when the lease has run out and somebody else has it', async () => {
    const probe = await followTier(openClient(redis.url))
    const [first, second] = [newLease(20), newLease()]
    await probe.tier.read('a', first)
    await until(async () => (await probe.tier.read('a', second)).kind === 'leased')
    expect(await probe.tier.fill('a', first.token, recordOf(1), lastPosition(probe))).toBe(false)
    expect(await probe.tier.fill('a', second.token, recordOf(2), lastPosition(probe))).toBe(true)
    expect(await probe.tier.read('a')).toMatchObject({ record: { body: Buffer.from('2') } })
  })

  test('fill() is refused after the key was deleted', async () => {
    const probe = await followTier(openClient(redis.url))
    await load(probe, 'b', 1)
    for (const key of ['a', 'b']) {
      const since = lastPosition(probe)
      const lease = newLease()
      if (key === 'a') await probe.tier.read(key, lease)
      else await probe.tier.lease(key, lease)
      await probe.tier.delete(0, [key])
      expect(await probe.tier.fill(key, lease.token, recordOf(1), since)).toBe(false)
      expect(await probe.tier.read(key)).toEqual({ kind: 'absent' })
    }
  })

  test('fill() is refused after the key was set', async () => {
    const probe = await followTier(openClient(redis.url))
    const since = lastPosition(probe)
    const lease = newLease()
    await probe.tier.read('a', lease)
    await probe.tier.set('a', recordOf('set'), since, 'op', false)
    expect(await probe.tier.fill('a', lease.token, recordOf('loaded'), since)).toBe(false)
    expect(await probe.tier.read('a')).toMatchObject({ record: { body: Buffer.from('"set"') } })
  })

  test('fill() is refused, and gives the lease back, when the log does not reach back to its start', async () => {
    const probe = await followTier(openClient(redis.url), { maxLog: 1 })
    const since = lastPosition(probe)
    const lease = newLease()
    await probe.tier.read('a', lease)
    for (let i = 0; i < 300; i++) await probe.tier.delete(0, ['other'])
    expect(await probe.tier.fill('a', lease.token, recordOf(1), since)).toBe(false)
    expect(await probe.tier.read('a')).toEqual({ kind: 'absent' })
  })

  test('fill() is refused for a position of another history', async () => {
    const probe = await followTier(openClient(redis.url))
    const { seq } = lastPosition(probe)
    const lease = newLease()
    await probe.tier.read('a', lease)
    expect(await probe.tier.fill('a', lease.token, recordOf(1), { seq, id: `${seq}-1` })).toBe(false)
    expect(await probe.tier.read('a')).toEqual({ kind: 'absent' })
  })
})

describe('set()', () => {
  test('set() stores, frees the lease, and tells everybody', async () => {
    const [probe, other] = await twoOfOneName()
    const lease = newLease()
    await probe.tier.read('a', lease)
    const written = await probe.tier.set('a', recordOf(1, { tags: ['t'] }), lastPosition(probe), 'op', false)
    expect(written).toEqual({ kind: 'stored', position: { seq: 2, id: expect.stringMatching(/^2-\d+$/) } })
    expect(await other.tier.read('a')).toMatchObject({ kind: 'found', record: { seq: 2, tags: ['t'] } })
    await confirmed(other)
    expect(other.mutations).toEqual([{ kind: 'set', key: 'a', position: written.position }])
    expect(await probe.tier.renew('a', lease)).toBe(false)
  })

  test('set() twice with one id is one change', async () => {
    const probe = await followTier(openClient(redis.url))
    const since = lastPosition(probe)
    const first = await probe.tier.set('a', recordOf(1), since, 'op', false)
    await probe.tier.set('b', recordOf(1), since, 'another', false)
    expect(await probe.tier.set('a', recordOf(1), since, 'op', false)).toEqual(first)
    await confirmed(probe)
    expect(probe.mutations.map(({ kind }) => kind)).toEqual(['set', 'set'])
  })

  test('set() twice with one id deletes once, too', async () => {
    const probe = await followTier(openClient(redis.url))
    const since = lastPosition(probe)
    await probe.tier.clear(0)
    const first = await probe.tier.set('a', recordOf(1), since, 'op', true)
    expect(first.kind).toBe('deleted')
    expect(await probe.tier.set('a', recordOf(1), since, 'op', true)).toEqual(first)
    await confirmed(probe)
    expect(probe.mutations.map(({ kind }) => kind)).toEqual(['clear', 'delete'])
  })

  test('set() is a conflict when the key changed meanwhile, and deletes if it is the last try', async () => {
    const probe = await followTier(openClient(redis.url))
    const since = lastPosition(probe)
    await probe.tier.set('a', recordOf(1), since, 'op-1', false)
    await probe.tier.delete(0, ['b'])
    for (const key of ['a', 'b']) {
      expect(await probe.tier.set(key, recordOf(2), since, `${key}-2`, false)).toMatchObject({
        kind: 'conflict',
        position: { seq: 3 },
      })
    }
    expect(await probe.tier.read('a')).toMatchObject({ record: { body: Buffer.from('1') } })
    expect(await probe.tier.set('a', recordOf(2), since, 'a-2', true)).toMatchObject({ kind: 'deleted' })
    expect(await probe.tier.read('a')).toEqual({ kind: 'absent' })
  })

  test('set() can be repeated from the position that a conflict told', async () => {
    const probe = await followTier(openClient(redis.url))
    const since = lastPosition(probe)
    await probe.tier.delete(0, ['a'])
    const { position } = await probe.tier.set('a', recordOf(1), since, 'op', false)
    expect(await probe.tier.set('a', recordOf(1), position, 'op', false)).toMatchObject({ kind: 'stored' })
  })

  test('set() is a conflict when one of its tags was invalidated meanwhile, and not for other tags', async () => {
    const probe = await followTier(openClient(redis.url))
    const since = lastPosition(probe)
    await probe.tier.invalidate(0, ['x', 'Grüße'])
    expect(await probe.tier.set('a', recordOf(1, { tags: ['y'] }), since, 'op-1', false)).toMatchObject({
      kind: 'stored',
    })
    const record = recordOf(1, { tags: ['y', 'Grüße'] })
    expect(await probe.tier.set('b', record, since, 'op-2', false)).toMatchObject({ kind: 'conflict' })
    expect(await probe.tier.set('b', record, since, 'op-2', true)).toMatchObject({ kind: 'deleted' })
    expect(await probe.tier.read('b')).toEqual({ kind: 'absent' })
  })

  test('set() is a conflict when everything was cleared meanwhile', async () => {
    const probe = await followTier(openClient(redis.url))
    const since = lastPosition(probe)
    await probe.tier.clear(0)
    expect(await probe.tier.set('a', recordOf(1), since, 'op', false)).toMatchObject({ kind: 'conflict' })
    expect(await probe.tier.set('a', recordOf(1), since, 'op', true)).toMatchObject({ kind: 'deleted' })
  })

  test('a conflict says after which moment nothing was in the way', async () => {
    const probe = await followTier(openClient(redis.url))
    const since = lastPosition(probe)
    await probe.tier.delete(0, ['a'])
    const deletedAtMs = performance.now()
    await confirmed(probe)
    const askedAtMs = performance.now()
    const written = await probe.tier.set('a', recordOf(1), since, 'op', false)
    const tripMs = performance.now() - askedAtMs
    if (written.kind !== 'conflict') throw new Error(`it was ${written.kind}`)
    // It counts from when the answer arrived, and so is late by at most its whole trip.
    expect(written.notAfterMs).toBeLessThan(deletedAtMs + tripMs + 1)
  })

  test('set() only deletes when its position is of another history, or too long ago', async () => {
    const probe = await followTier(openClient(redis.url))
    const since = lastPosition(probe)
    expect(await probe.tier.set('a', recordOf(1), { seq: 1, id: '1-1' }, 'op-1', false)).toMatchObject({
      kind: 'deleted',
    })
    for (let i = 0; i < 98; i++) await probe.tier.delete(0, ['other'])
    expect(await probe.tier.set('a', recordOf(1), since, 'op-2', true)).toMatchObject({ kind: 'deleted' })
    expect(await probe.tier.set('b', recordOf(1), since, 'op-3', false)).toMatchObject({ kind: 'stored' })
    expect(await probe.tier.set('c', recordOf(1), since, 'op-4', false)).toMatchObject({ kind: 'deleted' })
    expect(await probe.tier.set('b', recordOf(1), since, 'op-3', false)).toMatchObject({
      kind: 'stored',
      position: { seq: 102 },
    })
  })
})

describe('changes', () => {
  test('delete() deletes values and leases, and tells everybody', async () => {
    const [probe, other] = await twoOfOneName()
    await load(probe, 'a', 1)
    await probe.tier.lease('a', newLease())
    await probe.tier.read('b', newLease())
    const keys = ['a', 'b', 'Grüße "\n\\', '\ud800']
    const position = await probe.tier.delete(0, keys)
    expect(await probe.tier.readMany(['a', 'b'])).toEqual([{ kind: 'absent' }, { kind: 'absent' }])
    expect(await probe.tier.lease('a', newLease())).toBe('leased')
    await confirmed(other)
    expect(other.mutations).toEqual([{ kind: 'delete', keys, position }])
  })

  test('invalidate() and clear() tell everybody, and those who come later', async () => {
    const [probe, other] = await twoOfOneName()
    await probe.tier.invalidate(0, ['a', 'b'])
    const cleared = await probe.tier.clear(0)
    const last = await probe.tier.invalidate(0, ['b', 'Grüße'])
    await confirmed(other)
    expect(other.mutations.map((mutation) => ({ ...mutation, position: mutation.position.seq }))).toEqual([
      { kind: 'invalidate', tags: ['a', 'b'], position: 2 },
      { kind: 'clear', position: 3 },
      { kind: 'invalidate', tags: ['b', 'Grüße'], position: 4 },
    ])
    const late = await followTier(openClient(redis.url), { name: probe.name })
    expect(late.histories).toEqual([
      {
        shard: 0,
        position: last,
        isNew: true,
        clearedSeq: cleared.seq,
        floorSeq: 0,
        tags: new Map([
          ['a', 2],
          ['b', 4],
          ['Grüße', 4],
        ]),
      },
    ])
    expect(late.mutations).toEqual([])
  })

  test('invalidate() refuses an empty tag', async () => {
    const { tier } = await followTier(openClient(redis.url))
    await expect(tier.invalidate(0, ['a', ''])).rejects.toThrow(
      new TypeError('Expected each of `tags` to be a string that is not empty, got ""'),
    )
  })

  test('invalidate() keeps maxTags tags, and says up to where the others were forgotten', async () => {
    const probe = await followTier(openClient(redis.url), { maxTags: 2 })
    await probe.tier.invalidate(0, ['a'])
    await probe.tier.invalidate(0, ['b'])
    await probe.tier.invalidate(0, ['c'])
    await probe.tier.invalidate(0, ['a'])
    await probe.tier.invalidate(0, ['d', 'e'])
    const late = await followTier(openClient(redis.url), { name: probe.name })
    expect(late.histories).toMatchObject([
      {
        floorSeq: 5,
        tags: new Map([
          ['d', 6],
          ['e', 6],
        ]),
      },
    ])
  })

  test('changes of one shard are numbered without a gap, whoever makes them', async () => {
    const [probe, other] = await twoOfOneName()
    const positions = await Promise.all(
      Array.from({ length: 50 }, (_, index) => (index % 2 ? probe : other).tier.delete(0, [`${index}`])),
    )
    expect(positions.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(positions.map((_, index) => index + 2))
    await confirmed(probe)
    await confirmed(other)
    expect(probe.mutations.map(({ position }) => position.seq)).toEqual(positions.map((_, index) => index + 2))
    expect(other.mutations).toEqual(probe.mutations)
  })

  test('delete() of one shard leaves the log of another alone', async () => {
    const probe = await followTier(openClient(redis.url), { shards: 3 })
    expect((await probe.tier.delete(2, ['a'])).seq).toBe(2)
    expect((await probe.tier.delete(0, ['a'])).seq).toBe(2)
    expect((await probe.tier.delete(2, ['a'])).seq).toBe(3)
  })

  test('two caches of different names share nothing', async () => {
    const client = openClient(redis.url)
    const [one, two] = [await followTier(client), await followTier(client)]
    await load(one, 'a', 1)
    await one.tier.clear(0)
    await confirmed(two)
    expect(two.mutations).toEqual([])
    expect(await two.tier.read('a')).toEqual({ kind: 'absent' })
  })

  test('createRedisTier() works behind the key prefix of its client', async () => {
    const name = newName()
    const probe = await followTier(openClient(redis.url, { keyPrefix: 'app:' }), { name, shards: 2 })
    await probe.tier.delete(1, ['a'])
    await confirmed(probe)
    expect(probe.mutations).toMatchObject([{ kind: 'delete', keys: ['a'] }])
    const keys = await openClient(redis.url).keys(`*${name}*`)
    expect(keys.every((key) => key.startsWith(`app:breakwater:{${name}:2:`))).toBe(true)
    expect(keys).toHaveLength(6)
  })

  test('a log keeps about maxLog changes', async () => {
    const probe = await followTier(openClient(redis.url), { maxLog: 100 })
    for (let i = 0; i < 1_000; i++) await probe.tier.delete(0, ['a'])
    const length = await openClient(redis.url).xlen(createKeyLayout('breakwater:', probe.name, 1).log(0))
    expect(length).toBeGreaterThanOrEqual(100)
    expect(length).toBeLessThan(300)
  })
})

async function twoOfOneName(): Promise<readonly [Probe, Probe]> {
  const probe = await followTier(openClient(redis.url))
  return [probe, await followTier(openClient(redis.url), { name: probe.name })]
}
