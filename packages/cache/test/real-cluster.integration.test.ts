import { setTimeout as sleep } from 'node:timers/promises'
import { useRedisCluster } from '@breakwater/testing/services'
import { test } from 'vitest'
import { createKeyLayout } from '../src/lib/redis/keys.ts'
import type { Connect } from './real/messages.ts'
import { assertScenario, useCrew } from './real/scenario.ts'

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
