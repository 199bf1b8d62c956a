import { setTimeout as sleep } from 'node:timers/promises'
import { createProxy, useRedis } from '@breakwater/testing/services'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createKeyLayout } from '../src/lib/redis/keys.ts'
import { type Connect, KEYS, sharedNow } from './real/messages.ts'
import { assertScenario, assertVerdict, SOAK, useCrew } from './real/scenario.ts'

// Bounds what hangs: several processes take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 * SOAK })

const redis = useRedis({ own: true })
const forgetful = useRedis({ own: true, settings: { appendonly: 'no' } })
const crew = useCrew()

function straight(port: number): Connect {
  return { kind: 'standalone', port }
}

function three(port: number): readonly Connect[] {
  return [straight(port), straight(port), straight(port)]
}

/**
 * Does something for one key after another, until nothing was slow for four times: what happens while a process or its tier is
 * slow is forgiven, and so nothing is found in it.
 */
async function calmly(run: (key: number) => Promise<unknown>): Promise<void> {
  for (let key = 0, calm = 0; calm < 4 && key < KEYS; key++) {
    const before = crew.slowTimes
    await run(key)
    await sleep(100) // until it is told of, and no longer felt
    if (crew.slowTimes === before) calm++
  }
}

test('nothing is wrong while nothing goes wrong', async () => {
  const { strict, pairs, queued, stalledMs, unanswered } = await assertScenario(crew, {
    connects: three(redis.port),
    round: () => sleep(1_500),
  })
  if (unanswered === 0) expect(queued).toBe(0)
  // What is not looked at is not found. On a machine that is busy with other things, little can be looked at.
  if (stalledMs > 500) return
  expect(strict).toBeGreaterThan(50)
  expect(pairs).toBeGreaterThan(20)
})

test('a process that does not hear of changes is found', async () => {
  await crew.open(three(redis.port), { fault: 'deaf' })
  for (let key = 0; key < 4; key++) {
    await crew.read(0, 'getOrSet', key)
    await crew.tell(1, { do: 'change', how: 'delete', key })
  }
  const { problems } = await crew.finish()
  expect(problems.filter((problem) => problem.startsWith('lost change'))).not.toEqual([])
})

test('a process that hears of changes too late is found', async () => {
  await crew.open(three(redis.port), { fault: 'slow ear' })
  await calmly(async (key) => {
    await crew.read(0, 'getOrSet', key)
    await crew.tell(1, { do: 'change', how: 'delete', key })
    await sleep(350)
    await crew.read(0, 'peek', key)
  })
  const { problems } = await crew.finish()
  expect(problems.filter((problem) => problem.startsWith('heard of by the connected'))).not.toEqual([])
})

test('a load without a lease is found', async () => {
  await crew.open(three(redis.port), { fault: 'no lease' })
  await calmly((key) => Promise.all([0, 1].map((index) => crew.read(index, 'getOrSet', key, 30))))
  const { problems } = await crew.finish()
  expect(problems.filter((problem) => problem.startsWith('one load'))).not.toEqual([])
})

test('a server that is killed comes back with its data', () =>
  assertScenario(crew, {
    connects: three(redis.port),
    rounds: 2,
    round: () =>
      crew.trouble(async () => {
        await redis.kill()
        await sleep(400)
        await redis.restart()
      }),
  }))

test('a server that is killed comes back with nothing', () =>
  assertScenario(crew, {
    connects: three(forgetful.port),
    round: () =>
      crew.trouble(async () => {
        await forgetful.kill()
        await sleep(400)
        await forgetful.restart()
      }),
  }))

test('a server that is stopped for two seconds costs time limits', () =>
  assertScenario(crew, {
    connects: three(redis.port),
    round: () =>
      crew.trouble(async () => {
        await redis.pause()
        await sleep(2_000)
        await redis.resume()
      }),
  }))

test('all connections are closed every 50 ms', async () => {
  const admin = new Redis(redis.url)
  admin.on('error', () => {})
  onTestFinished(() => admin.disconnect())
  await assertScenario(crew, {
    connects: three(redis.port),
    round: () =>
      crew.trouble(async () => {
        for (let kills = 0; kills < 30; kills++) {
          for (const type of ['NORMAL', 'PUBSUB']) await admin.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'YES')
          await sleep(50)
        }
      }),
  })
})

test('a process whose network is cut drops what it missed', async () => {
  await using proxy = await createProxy({ port: redis.port })
  await assertScenario(crew, {
    connects: [straight(proxy.port), straight(redis.port), straight(redis.port)],
    rounds: 2,
    round: (round) =>
      crew.trouble(async () => {
        await proxy.cut()
        await sleep(round % 2 === 0 ? 1_500 : 300)
        await proxy.heal()
      }, 0),
  })
})

test('a process that hears no answers knows no better than it says', async () => {
  await using proxy = await createProxy({ port: redis.port })
  await assertScenario(crew, {
    connects: [straight(proxy.port), straight(redis.port), straight(redis.port)],
    rounds: 2,
    round: (round) =>
      crew.trouble(async () => {
        proxy.freeze('answers')
        await sleep(round % 2 === 0 ? 1_500 : 300)
        proxy.thaw()
      }, 0),
  })
})

test('a process whose log alone is cut off, and one whose commands alone are not answered', async () => {
  await using ofLog = await createProxy({ port: redis.port })
  await using ofCommands = await createProxy({ port: redis.port })
  await assertScenario(crew, {
    connects: [
      { kind: 'standalone', port: redis.port, logPort: ofLog.port },
      { kind: 'standalone', port: ofCommands.port, logPort: redis.port },
      straight(redis.port),
    ],
    round: () =>
      crew.trouble(async () => {
        ofLog.freeze()
        ofCommands.freeze('answers')
        await sleep(1_300)
        ofLog.thaw()
        ofCommands.thaw()
      }),
  })
})

test('a process that is stopped for two seconds serves nothing old afterwards', () =>
  assertScenario(crew, { connects: three(redis.port), round: () => crew.freeze(0, 2_000) }))

test('two processes that want one cold key load it once', async () => {
  await crew.open([straight(redis.port), straight(redis.port)])
  for (let key = 0; key < 10; key++) {
    const [one, other] = await Promise.all([0, 1].map((index) => crew.read(index, 'getOrSet', key, 30)))
    expect([one, other]).toEqual([1, 1])
  }
  const verdict = await crew.finish()
  assertVerdict(verdict)
  if (verdict.unanswered === 0) expect(verdict.loads).toBe(10)
})

test('the lease of a process that is killed ends', async () => {
  await crew.open(three(redis.port))
  const startMs = performance.now()
  const lost = crew.read(0, 'getOrSet', 0, 10_000).catch(() => 'its process is gone')
  const admin = new Redis(redis.url)
  onTestFinished(() => admin.disconnect())
  const entry = createKeyLayout('breakwater:', crew.name, 1).entry(0, 'k0')
  await vi.waitUntil(() => admin.exists(entry), { timeout: 8_000 })
  await crew.kill(0)
  expect(await lost).toBe('its process is gone')
  expect(await Promise.all([0, 1].map((index) => crew.read(index, 'getOrSet', 0, 30)))).toEqual([1, 1])
  const waitedMs = performance.now() - startMs
  const verdict = await crew.finish()
  assertVerdict(verdict)
  if (verdict.unanswered > 0) return
  expect(waitedMs).toBeGreaterThan(2_000 - 50) // as long as the lease, which began after that
  expect(verdict.loads).toBe(1)
})

test('a log that is silent is noticed within 450 ms', async () => {
  await using ofLog = await createProxy({ port: redis.port })
  await crew.open([{ kind: 'standalone', port: redis.port, logPort: ofLog.port }])
  const frozenMs = sharedNow()
  ofLog.freeze()
  await vi.waitUntil(() => crew.events(0, 'tier:failed').length > 0, { timeout: 5_000 })
  const [{ atMs } = { atMs: Number.NaN }] = crew.events(0, 'tier:failed')
  ofLog.thaw()
  // Timers are late on a busy machine.
  expect(atMs - frozenMs).toBeLessThan(450 + 100 + crew.stalledMs)
})

test('a change reaches the others within milliseconds', async () => {
  await crew.open(three(redis.port))
  const tookMs: number[] = []
  const how = ['delete', 'tag', 'set', 'clear'] as const
  const endMs = performance.now() + 10_000 * SOAK // on a busy machine there are fewer rounds
  for (let round = 0; round < 40 * SOAK && performance.now() < endMs; round++) {
    const key = round % 4
    for (const index of [0, 1, 2]) await crew.read(index, 'getOrSet', key)
    const gone = [1, 2].map((index) => crew.tell(index, { do: 'see gone', key }) as Promise<number>)
    await sleep(5)
    const calledMs = sharedNow()
    await crew.tell(0, { do: 'change', how: how[round % how.length] ?? 'delete', key })
    for (const goneMs of await Promise.all(gone)) tookMs.push(goneMs - calledMs)
  }
  tookMs.sort((one, other) => one - other)
  const at = (share: number): number => tookMs[Math.floor(share * (tookMs.length - 1))] as number
  process.stdout.write(
    `propagation between processes, polled each ms: p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms\n`,
  )
  expect(at(0.5)).toBeLessThan(250)
})
