import { setTimeout as sleep } from 'node:timers/promises'
import { useRedisSentinel } from '@breakwater/testing/services'
import { test } from 'vitest'
import type { Connect } from './real/messages.ts'
import { assertScenario, useCrew } from './real/scenario.ts'

const group = useRedisSentinel()
const crew = useCrew()

function three(): readonly Connect[] {
  const connect: Connect = { kind: 'sentinel', ...group.connection }
  return [connect, connect, connect]
}

test('a planned failover loses nothing for good', () =>
  assertScenario(crew, {
    connects: three(),
    round: () =>
      crew.shake(async () => {
        await group.failover()
        await group.untilOk()
      }),
  }))

test('a master that is killed loses nothing for good', () =>
  assertScenario(crew, {
    connects: three(),
    round: () =>
      crew.shake(async () => {
        const killed = await group.killMaster()
        await group.untilOk()
        await killed.restart()
        await group.untilOk()
      }),
  }))

test('a master that was frozen and comes back loses nothing for good', () =>
  assertScenario(crew, {
    connects: three(),
    round: () =>
      crew.shake(async () => {
        const frozen = await group.pauseMaster()
        while ((await group.master()) === frozen) await sleep(50)
        await frozen.resume()
        await group.untilOk()
      }),
  }))
