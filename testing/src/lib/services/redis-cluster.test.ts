import { Cluster } from 'ioredis'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { look } from './redis-cluster/view.ts'
import { type ClusterNode, startRedisCluster } from './redis-cluster.ts'
import { withRedis } from './redis-node.ts'
import { useRedisCluster } from './use.ts'

// Nodes die, and others take over.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const cluster = useRedisCluster({ settings: { maxmemory: '20mb' } })
let client: Cluster

beforeEach(() => {
  client = new Cluster([...cluster.urls])
  client.on('error', () => {}) // its calls fail as well
})

afterEach(async () => {
  client.disconnect()
  await Promise.all(cluster.nodes.map((node) => (node.state === 'running' ? undefined : node.restart())))
  await cluster.untilOk()
})

function roles(): Promise<readonly string[]> {
  return Promise.all(cluster.nodes.map((node) => node.role()))
}

/** Another pair's first node. */
function other(node: ClusterNode): ClusterNode {
  return cluster.nodes.find(({ shard }) => shard !== node.shard) as ClusterNode
}

async function keysInSlot(node: ClusterNode, slot: number): Promise<number> {
  return withRedis(node.url, (redis) => redis.cluster('COUNTKEYSINSLOT', slot))
}

test('startRedisCluster() starts three masters with a replica each, with the settings that were asked for', async () => {
  expect(await roles()).toEqual(['master', 'master', 'master', 'replica', 'replica', 'replica'])
  expect(cluster.nodes.map(({ shard }) => shard)).toEqual([0, 1, 2, 0, 1, 2])
  const slots = await Promise.all(cluster.nodes.slice(0, 3).map(async ({ url }) => (await look(url)).self.slots))
  expect(slots).toEqual([[[0, 5460]], [[5461, 10_922]], [[10_923, 16_383]]])
  for (const { url } of cluster.nodes)
    expect(await withRedis(url, (redis) => redis.config('GET', 'maxmemory'))).toEqual(['maxmemory', '20971520'])
})

test('startRedisCluster() serves every slot to a client', async () => {
  const keys = Array.from({ length: 100 }, (_, id) => `all:${id}`)
  await Promise.all(keys.map((key) => client.set(key, key)))
  expect(await Promise.all(keys.map((key) => client.get(key)))).toEqual(keys)
})

test('ownerOf() finds the node that has a key', async () => {
  await client.set('owned', 1)
  const slot = cluster.slotOf('owned')
  expect(await keysInSlot(await cluster.ownerOf(slot), slot)).toBe(1)
})

test('killMaster() lets the replica take over, with what it had, and restart() brings the old one back as a replica', async () => {
  await client.set('kept', 'yes')
  const { shard } = await cluster.ownerOf(cluster.slotOf('kept'))
  await withRedis((await cluster.masterOf(shard)).url, (redis) => redis.wait(1, 5_000))
  const killed = await cluster.killMaster(shard)
  expect(killed.state).toBe('ended')
  await cluster.untilOk()
  expect(await cluster.masterOf(shard)).not.toBe(killed)
  expect(await client.get('kept')).toBe('yes')
  await killed.restart()
  await cluster.untilOk()
  expect(await killed.role()).toBe('replica')
})

test('pauseMaster() lets the replica take over', async () => {
  const paused = await cluster.pauseMaster(1)
  await cluster.untilOk()
  expect((await cluster.masterOf(1)).startedAs).not.toBe(paused.startedAs)
  await paused.resume()
  await cluster.untilOk()
  expect(await paused.role()).toBe('replica')
})

test('failover() swaps the roles of a pair', async () => {
  const before = await cluster.masterOf(2)
  const after = await cluster.failover(2)
  await cluster.untilOk()
  expect([await before.role(), await after.role(), after.shard]).toEqual(['replica', 'master', 2])
})

test('moveSlot() hands a slot over with its keys, while a client uses them', async () => {
  const keys = Array.from({ length: 250 }, (_, id) => `{handed}:${id}`)
  await Promise.all(keys.map((key) => client.set(key, key)))
  const slot = cluster.slotOf('{handed}')
  const from = await cluster.ownerOf(slot)
  const to = await cluster.masterOf(other(from).shard)
  const halves: number[] = []
  await cluster.moveSlot(slot, to, {
    async halfway() {
      halves.push(await keysInSlot(from, slot), await keysInSlot(to, slot))
      expect(await Promise.all(keys.map((key) => client.get(key)))).toEqual(keys)
      await expect(withRedis(from.url, (redis) => redis.mget(...keys))).rejects.toThrow('TRYAGAIN')
    },
  })
  expect(halves).toEqual([125, 125])
  expect([await keysInSlot(from, slot), await keysInSlot(to, slot)]).toEqual([0, 250])
  expect(await cluster.ownerOf(slot)).toBe(to)
  expect(await client.mget(...keys)).toEqual(keys)
  await cluster.moveSlot(slot, to) // it is there: nothing to do
})

test('moveSlot() goes on with a move that failed', async () => {
  await client.mset('{again}:a', 1, '{again}:b', 2)
  const slot = cluster.slotOf('{again}')
  const to = await cluster.masterOf(other(await cluster.ownerOf(slot)).shard)
  const halfway = (): never => {
    throw new Error('On purpose')
  }
  await expect(cluster.moveSlot(slot, to, { halfway })).rejects.toThrow('On purpose')
  await cluster.moveSlot(slot, to)
  expect([await cluster.ownerOf(slot), await client.mget('{again}:a', '{again}:b')]).toEqual([to, ['1', '2']])
})

test('moveSlot() rejects a node that is no master', async () => {
  const replica = cluster.nodes.find((_, index) => index === 5) as ClusterNode
  const to = (await replica.role()) === 'replica' ? replica : (cluster.nodes[2] as ClusterNode)
  const owner = await cluster.masterOf(0)
  const [[slot]] = (await look(owner.url)).self.slots as [[number, number]]
  await expect(cluster.moveSlot(slot, to)).rejects.toThrow(`Cannot move slot ${slot} to ${to.url} as it is a replica`)
})

test('masterOf() rejects while there is none, and a replica that is restarted takes over alone', async () => {
  const master = await cluster.masterOf(0)
  const replica = cluster.nodes.find((node) => node.shard === 0 && node !== master) as ClusterNode
  await Promise.all([master, replica].map((node) => node.kill()))
  await expect(cluster.masterOf(0)).rejects.toThrow('Cannot find the master of shard 0')
  await replica.restart()
  await cluster.untilOk()
  expect(await cluster.masterOf(0)).toBe(replica)
})

test('startRedisCluster() says why there is none', async () => {
  expect(await startRedisCluster({ env: { PATH: '', TESTS_NO_INSTALL: '1' } })).toEqual({
    skip: 'no redis-server here and TESTS_NO_INSTALL is set: install it (Debian: apt-get install redis-server)',
  })
})
