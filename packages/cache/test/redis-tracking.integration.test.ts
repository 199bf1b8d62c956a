import { useRedis } from '@breakwater/testing/services'
import { expect, test } from 'vitest'
import { createKeyLayout } from '../src/lib/redis/keys.ts'
import { createRedisTier } from '../src/redis.ts'
import { confirmed, followTier, lastPosition, newLease, openClient, recordOf, until } from './redis-probe.ts'

const redis = useRedis({ own: true })

test('tracking tells of what somebody else does to a key', async () => {
  const probe = await followTier(openClient(redis.url), { tracking: true, shards: 2 })
  const somebody = openClient(redis.url)
  const layout = createKeyLayout('breakwater:', probe.name, 2)
  for (const [index, key] of ['a', 'Grüße {}', 'c'].entries()) {
    const shard = layout.shardOf(key)
    const count = probe.foreign.length
    if (index === 0) await somebody.set(layout.entry(shard, key), 'x')
    else if (index === 1) await somebody.set(layout.entry(shard, key), 'x', 'PX', 30)
    else await somebody.mset(layout.entry(shard, key), 'x', 'unrelated', 'x')
    await until(() => probe.foreign.length > count)
    expect(probe.foreign.slice(count)).toContain(key)
  }
  await until(() => probe.foreign.filter((key) => key === 'Grüße {}').length === 2) // it expired
  const count = probe.foreign.length
  await somebody.expire(layout.entry(layout.shardOf('a'), 'a'), 100)
  await until(() => probe.foreign.length > count)
  await somebody.del(layout.entry(layout.shardOf('a'), 'a'))
  await until(() => probe.foreign.length > count + 1)
  expect(probe.foreign.slice(count)).toEqual(['a', 'a'])
  expect(new Set(probe.foreign)).toEqual(new Set(['a', 'Grüße {}', 'c']))
})

test('tracking works behind the key prefix of its client', async () => {
  const probe = await followTier(openClient(redis.url, { keyPrefix: 'app:' }), { tracking: true })
  await openClient(redis.url).set(`app:${createKeyLayout('breakwater:', probe.name, 1).entry(0, 'a')}`, 'x')
  await until(() => probe.foreign.length > 0)
  expect(probe.foreign).toEqual(['a'])
})

test('tracking tells of fills, too, as they cannot be told from others', async () => {
  const probe = await followTier(openClient(redis.url), { tracking: true })
  const lease = newLease()
  await probe.tier.read('a', lease)
  await probe.tier.fill('a', lease.token, recordOf(1), lastPosition(probe))
  await until(() => probe.foreign.length > 0)
  expect(new Set(probe.foreign)).toEqual(new Set(['a']))
})

test('without tracking nothing is told of', async () => {
  const probe = await followTier(openClient(redis.url))
  await openClient(redis.url).set(createKeyLayout('breakwater:', probe.name, 1).entry(0, 'a'), 'x')
  await confirmed(probe)
  expect(probe.foreign).toEqual([])
})

test('tracking that was cut off makes all that is known void, and nothing is confirmed meanwhile', async () => {
  const probe = await followTier(openClient(redis.url), { tracking: true })
  const admin = openClient(redis.url)
  const list = (await admin.client('LIST')) as string
  const id = list.match(new RegExp(`^id=(\\d+) .* name=breakwater:${probe.name}:tracking `, 'm'))?.[1] as string
  const count = probe.histories.length
  await admin.client('KILL', 'ID', id)
  await until(() => probe.histories.length > count)
  await confirmed(probe)
  expect(probe.failures.map(({ message }) => message)).toEqual([
    expect.stringMatching(`^Cannot watch the keys of cache "${probe.name}": `),
  ])
  const layout = createKeyLayout('breakwater:', probe.name, 1)
  await admin.set(layout.entry(0, 'a'), 'x')
  await until(() => probe.foreign.includes('a'))
})

test('tracking confirms only what it has told', async () => {
  const probe = await followTier(openClient(redis.url), { tracking: true })
  const somebody = openClient(redis.url)
  const layout = createKeyLayout('breakwater:', probe.name, 1)
  for (let i = 0; i < 20; i++) {
    await somebody.set(layout.entry(0, `${i}`), 'x')
    const writtenAtMs = performance.now()
    await until(() => (probe.confirmedAtMs[0] ?? 0) >= writtenAtMs)
    expect(probe.foreign).toContain(`${i}`)
  }
})

test('tracking makes all that is known void when all keys are removed', async () => {
  const probe = await followTier(openClient(redis.url), { tracking: true })
  const count = probe.histories.length
  await openClient(redis.url).flushdb()
  await until(() => probe.histories.length > count)
  await confirmed(probe)
})

test('tracking that is not allowed is told of, and nothing is confirmed', async () => {
  const admin = openClient(redis.url)
  await admin.call('acl', 'SETUSER', 'weak', 'on', '>secret', '~*', '&*', '+@all', '-client|tracking')
  const client = openClient(redis.url, { username: 'weak', password: 'secret' })
  const tier = createRedisTier(client, { tracking: true })
  const failures: Error[] = []
  let isConfirmed = false
  const connection = tier.connect(
    { name: 'weak', maxStalenessMs: 1_000, clock: (await import('@breakwater/core')).systemClock },
    {
      onHistory() {},
      onMutations() {},
      onConfirmed() {
        isConfirmed = true
      },
      onForeignChange() {},
      onFailure: (error) => void failures.push(error as Error),
    },
  )
  await until(() => failures.length === 1)
  await new Promise((resolve) => setTimeout(resolve, 500))
  await connection.close()
  expect(isConfirmed).toBe(false)
  expect(failures.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^Cannot watch the keys of cache "weak": NOPERM/),
  ])
})

test('createRedisTier() refuses tracking on a Cluster', async () => {
  const { Cluster } = await import('ioredis')
  const cluster = new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true })
  expect(() => createRedisTier(cluster, { tracking: true })).toThrow(
    new TypeError(
      'Expected `tracking` to be false on a Cluster, whose nodes each tell of their own keys only, got true',
    ),
  )
})
