import { setTimeout as sleep } from 'node:timers/promises'
import { useRedisCluster } from '@breakwater/testing/services'
import { expect, test, vi } from 'vitest'
import { createKeyLayout } from '../src/lib/redis/keys.ts'
import { type Connect, sharedNow } from './real/messages.ts'
import { assertScenario, assertVerdict, SOAK, useCrew } from './real/scenario.ts'

// Over the time that a failover may take.
vi.setConfig({ testTimeout: 90_000 * SOAK })

const cluster = useRedisCluster()
const crew = useCrew()

function three(): readonly Connect[] {
  const connect: Connect = { kind: 'cluster', ports: cluster.nodes.map(({ port }) => port) }
  return [connect, connect, connect]
}

/** The pair of nodes that has a shard of the cache, and its slot. */
async function placeOf(shard: number): Promise<{ readonly pair: number; readonly slot: number }> {
  const slot = cluster.slotOf(createKeyLayout('breakwater:', crew.name, 4).log(shard))
  return { slot, pair: (await cluster.ownerOf(slot)).shard }
}

test('slots that move lose nothing, and calls do not fail meanwhile', () =>
  assertScenario(crew, {
    connects: three(),
    rounds: 2,
    round: (round) =>
      crew.trouble(async () => {
        const { slot, pair } = await placeOf(round % 4)
        await cluster.moveSlot(slot, await cluster.masterOf((pair + 1) % 3), { halfway: () => sleep(500) })
      }),
  }))

test('a planned failover loses nothing', () =>
  assertScenario(crew, {
    connects: three(),
    round: (round) =>
      crew.trouble(async () => {
        await cluster.failover((await placeOf(round % 4)).pair)
        await cluster.untilOk()
      }),
  }))

test('a master that is killed loses nothing for good', () =>
  assertScenario(crew, {
    connects: three(),
    round: (round) =>
      crew.shake(async () => {
        const killed = await cluster.killMaster((await placeOf(round % 4)).pair)
        await cluster.untilOk()
        await killed.restart()
        await cluster.untilOk()
      }),
  }))

test('a master without a majority is not believed for longer than the timeout of the nodes', async () => {
  await crew.open(three())
  const { shardOf } = createKeyLayout('breakwater:', crew.name, 4)
  const { pair } = await placeOf(shardOf('k0'))
  expect(await crew.read(0, 'getOrSet', 0)).toBe(1)
  const others = await Promise.all([1, 2].map((step) => cluster.masterOf((pair + step) % 3)))
  await Promise.all(others.map((node) => node.pause()))
  const aloneMs = sharedNow()
  // Its own entry is served for as long as the log is sure, and `maxStalenessMs` from then on.
  const goneMs = (await crew.tell(0, { do: 'see gone', key: 0 })) as number
  await Promise.all(others.map((node) => node.resume()))
  expect(goneMs - aloneMs).toBeLessThan(1_000 + 450 + 1_000 + 500 + crew.stalledMs)
  await cluster.untilOk()
  assertVerdict(await crew.finish())
})
