import { useRedisCluster } from '@breakwater/testing/services'
import { Cluster } from 'ioredis'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createKeyLayout } from '../src/lib/redis/keys.ts'
import {
  confirmed,
  connectTier,
  FAILOVER_LIMIT_MS,
  followTier,
  newLease,
  type Probe,
  recordOf,
  until,
} from './redis-probe.ts'

// Over the time that a failover may take.
vi.setConfig({ testTimeout: 90_000 })

const cluster = useRedisCluster()

function openCluster(options: { readonly scaleReads?: 'slave' } = {}): Cluster {
  const client = new Cluster(
    cluster.urls.map((url) => ({ host: '127.0.0.1', port: Number(new URL(url).port) })),
    { clusterRetryStrategy: () => 50, slotsRefreshTimeout: 2_000, ...options },
  )
  client.on('error', () => {}) // its nodes are killed on purpose
  onTestFinished(() => client.disconnect())
  return client
}

/** Sends a change of each shard, again until it is answered, as it does no harm. */
async function deleteEverywhere(probe: Probe, key: string): Promise<void> {
  for (let shard = 0; shard < probe.tier.shards; shard++) {
    const attempt = (): Promise<boolean> =>
      Promise.race([
        probe.tier.delete(shard, [`${key} ${shard}`]).then(
          () => true,
          () => false,
        ),
        new Promise<boolean>((resolve) => setTimeout(resolve, 1_000, false)),
      ])
    await until(attempt, FAILOVER_LIMIT_MS)
  }
}

/** How many shards have told of such a change, which some may have been sent twice. */
function shardsThatTold(probe: Probe, key: string): number {
  const keys = probe.mutations.flatMap((mutation) => (mutation.kind === 'delete' ? mutation.keys : []))
  return new Set(keys.filter((one) => one.startsWith(`${key} `))).size
}

test('a tier has four shards, and every command keeps to one slot', async () => {
  const probe = await followTier(openCluster())
  expect(probe.tier.shards).toBe(4)
  expect(probe.histories).toHaveLength(4)
  const keys = Array.from({ length: 200 }, (_, index) => `key-${index}`)
  const lease = newLease()
  expect(new Set((await probe.tier.readMany(keys, lease)).map(({ kind }) => kind))).toEqual(new Set(['leased']))
  for (const key of keys.slice(0, 100)) {
    const shard = probe.tier.shardOf(key)
    const since = probe.histories.find((history) => history.shard === shard)?.position
    if (since === undefined) throw new Error('no history')
    expect(await probe.tier.renew(key, lease)).toBe(true)
    expect(await probe.tier.fill(key, lease.token, recordOf(key, { tags: ['t'] }), since)).toBe(true)
    expect(await probe.tier.lease(key, newLease())).toBe('leased')
  }
  for (const key of keys.slice(100)) await probe.tier.release(key, lease.token)
  expect((await probe.tier.readMany(keys)).map(({ kind }) => kind)).toEqual(
    keys.map((_, i) => (i < 100 ? 'found' : 'absent')),
  )
  for (let shard = 0; shard < 4; shard++) {
    await probe.tier.invalidate(shard, ['t'])
    await probe.tier.clear(shard)
    await probe.tier.delete(
      shard,
      keys.filter((key) => probe.tier.shardOf(key) === shard),
    )
  }
  expect(new Set((await probe.tier.readMany(keys)).map(({ kind }) => kind))).toEqual(new Set(['absent']))
  await confirmed(probe)
  expect(probe.mutations).toHaveLength(12)
  expect(probe.failures).toEqual([])
})

test('shards lie on different nodes', async () => {
  const probe = await followTier(openCluster())
  const layout = createKeyLayout('breakwater:', probe.name, 4)
  const owners = await Promise.all([0, 1, 2, 3].map((shard) => cluster.ownerOf(cluster.slotOf(layout.log(shard)))))
  expect(new Set(owners).size).toBeGreaterThan(1)
})

test('values are read from masters, also by a client that reads from replicas', async () => {
  const probe = await followTier(openCluster({ scaleReads: 'slave' }))
  for (let i = 0; i < 50; i++) {
    const key = `key-${i}`
    const shard = probe.tier.shardOf(key)
    const since = probe.histories.find((history) => history.shard === shard)?.position
    if (since === undefined) throw new Error('no history')
    await probe.tier.set(key, recordOf(i), since, `op-${i}`, true)
    await probe.tier.delete(shard, [key])
    expect(await probe.tier.read(key)).toEqual({ kind: 'absent' })
    expect(await probe.tier.readMany([key, key])).toEqual([{ kind: 'absent' }, { kind: 'absent' }])
  }
})

test('a slot that moves away is followed, and nothing is lost', async () => {
  const probe = await followTier(openCluster())
  const other = await followTier(openCluster(), { name: probe.name })
  const slot = cluster.slotOf(createKeyLayout('breakwater:', probe.name, 4).log(0))
  const owner = await cluster.ownerOf(slot)
  const masters = await Promise.all([0, 1, 2].map((shard) => cluster.masterOf(shard)))
  const to = masters.find((master) => master !== owner)
  if (to === undefined) throw new Error('no other master')
  await deleteEverywhere(probe, 'before')
  await cluster.moveSlot(slot, to)
  await deleteEverywhere(probe, 'after')
  await confirmed(other)
  expect([shardsThatTold(other, 'before'), shardsThatTold(other, 'after')]).toEqual([4, 4])
  expect(other.histories).toHaveLength(4)
})

test('a planned failover is followed, and nothing is lost', async () => {
  const probe = await followTier(openCluster())
  const other = await followTier(openCluster(), { name: probe.name })
  await deleteEverywhere(probe, 'before')
  await confirmed(other)
  for (let shard = 0; shard < 3; shard++) await cluster.failover(shard)
  await deleteEverywhere(probe, 'after')
  await confirmed(other)
  expect([shardsThatTold(other, 'before'), shardsThatTold(other, 'after')]).toEqual([4, 4])
  expect(other.histories).toHaveLength(4)
  await cluster.untilOk()
})

test('a master that is killed is followed by its replica', async () => {
  const probe = await followTier(openCluster())
  const other = await followTier(openCluster(), { name: probe.name })
  const layout = createKeyLayout('breakwater:', probe.name, 4)
  await deleteEverywhere(probe, 'before')
  await cluster.untilOk()
  const owner = await cluster.ownerOf(cluster.slotOf(layout.log(0)))
  const killed = await cluster.killMaster(owner.shard)
  await until(() => other.failures.length > 0)
  await deleteEverywhere(probe, 'after')
  await confirmed(other)
  expect(shardsThatTold(other, 'after')).toBe(4)
  await killed.restart()
  await cluster.untilOk()
})

test('close() leaves no connection', async () => {
  const client = openCluster()
  const probe = connectTier(client)
  await until(() => probe.tier.isReady)
  await confirmed(probe)
  const count = async (): Promise<number> => {
    const lists = await Promise.all(client.nodes('all').map((node) => node.client('LIST') as Promise<string>))
    return lists.join('\n').split(`name=breakwater:${probe.name} `).length - 1
  }
  expect(await count()).toBeGreaterThanOrEqual(4)
  const startMs = performance.now()
  await probe.tier.close()
  expect(performance.now() - startMs).toBeLessThan(1_000)
  await until(async () => (await count()) === 0)
})
