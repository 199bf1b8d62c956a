import { setTimeout as sleep } from 'node:timers/promises'
import { useRedisSentinel } from '@breakwater/testing/services'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createKeyLayout } from '../src/lib/redis/keys.ts'
import { type Connect, sharedNow } from './real/messages.ts'
import { assertScenario, assertVerdict, SOAK, useCrew } from './real/scenario.ts'

// Over the time that a failover may take.
vi.setConfig({ testTimeout: 90_000 * SOAK })

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

test('a change that no replica had when its master was killed is repeated', async () => {
  await crew.open(three(), { tierTimeoutMs: 1_000 })
  expect(await Promise.all([0, 1, 2].map((index) => crew.read(index, 'getOrSet', 0)))).toEqual([1, 1, 1])
  await crew.shake(async () => {
    await group.untilOk() // the replicas have what there is
    const master = await group.master()
    const replicas = group.nodes.filter((node) => node !== master)
    await Promise.all(replicas.map((node) => node.pause()))
    const admin = new Redis(master.url)
    await admin.call('CLIENT', 'KILL', 'TYPE', 'REPLICA') // or it would wait in their buffers
    admin.disconnect()
    expect(await crew.tell(0, { do: 'change', how: 'delete', key: 0 })).toBe('applied')
    await master.kill()
    await Promise.all(replicas.map((node) => node.resume()))
    await group.untilOk()
    await master.restart()
    await group.untilOk()
  })
  expect(crew.events(0, 'log:lost')).toMatchObject([{ changes: 1 }])
  expect(await Promise.all([0, 1, 2].map((index) => crew.read(index, 'getOrSet', 0)))).toEqual([2, 2, 2])
  assertVerdict(await crew.finish())
})

test('a master that has lost its replicas is not believed for longer than it is allowed to be alone', async () => {
  const master = await group.master()
  const admin = new Redis(master.url)
  onTestFinished(() => admin.disconnect())
  await admin.config('SET', 'min-replicas-max-lag', '1')
  await admin.config('SET', 'min-replicas-to-write', '1')
  await crew.open(three())
  const replicas = group.nodes.filter((node) => node !== master)
  const alone = Promise.all(replicas.map((node) => node.pause()))
  const aloneMs = sharedNow()
  await alone
  // Nobody changes anything: that the log can still be read is not enough.
  await vi.waitUntil(() => crew.events(0, 'tier:failed').length > 0, { timeout: 8_000 })
  const [{ atMs } = { atMs: Number.NaN }] = crew.events(0, 'tier:failed')
  // Redis counts lags in whole seconds, once a second.
  expect(atMs - aloneMs).toBeLessThan(1_000 + 2_000 + 450 + 100 + crew.stalledMs)
  expect(await admin.xlen(createKeyLayout('breakwater:', crew.name, 1).log(0))).toBe(1)
  await Promise.all(replicas.map((node) => node.resume()))
  await admin.config('SET', 'min-replicas-to-write', '0')
  await group.untilOk()
  assertVerdict(await crew.finish())
})
