import { setTimeout as sleep } from 'node:timers/promises'
import { createProxy, useRedis } from '@breakwater/testing/services'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Connect } from './real/messages.ts'
import { assertScenario, assertVerdict, SOAK, useCrew } from './real/scenario.ts'

// Bounds what hangs: several processes take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 * SOAK })

// What a server that begins again with older data comes to, as a replica does that takes over: docs/decisions/007.

const redis = useRedis({ own: true, settings: { appendonly: 'no', save: '' } })
const crew = useCrew()
/** What is to be forgotten has to be applied first, however busy the machine is. */
const PATIENT = { tierTimeoutMs: 5_000 }

function straight(): Connect {
  return { kind: 'standalone', port: redis.port }
}

/** From now on, this is what the server begins with again. */
async function remember(): Promise<void> {
  const admin = new Redis(redis.url)
  onTestFinished(() => admin.disconnect())
  admin.on('error', () => {})
  await admin.save()
  admin.disconnect()
}

async function forget(): Promise<void> {
  await redis.kill()
  await redis.restart()
}

/** Everybody is where the server is. */
function readByAll(key: number): Promise<readonly (number | undefined)[]> {
  return Promise.all([0, 1, 2].map((index) => crew.read(index, 'getOrSet', key)))
}

test('who had heard of what is forgotten notices, and its maker repeats it', async () => {
  await using proxy = await createProxy({ port: redis.port })
  await crew.open([straight(), straight(), { kind: 'standalone', port: proxy.port }], PATIENT)
  expect(await readByAll(0)).toEqual([1, 1, 1])
  await crew.shake(async () => {
    await remember()
    await proxy.cut() // the third one does not hear of it
    expect(await crew.tell(0, { do: 'change', how: 'delete', key: 0 })).toBe('applied')
    await crew.tell(1, { do: 'see gone', key: 0 })
    expect(await crew.read(1, 'getOrSet', 0)).toBe(2)
    await forget()
    await proxy.heal()
  })
  expect(crew.events(0, 'log:lost')).toMatchObject([{ changes: 1 }])
  expect(crew.events(1, 'log:lost')).toMatchObject([{ changes: 0 }])
  expect(crew.events(2, 'log:lost')).toEqual([])
  expect(await readByAll(0)).toEqual([2, 2, 2])
  assertVerdict(await crew.finish())
})

test.each([
  ['tag', 1],
  ['clear', 1],
  ['deleteMany', 1],
  ['both', 2],
] as const)('%s is repeated, too', async (how, changes) => {
  await crew.open([straight(), straight(), straight()], PATIENT)
  expect(await readByAll(0)).toEqual([1, 1, 1])
  await crew.shake(async () => {
    await remember()
    expect(await crew.tell(0, { do: 'change', how, key: 0 })).toBe('applied')
    await forget()
  })
  expect(crew.events(0, 'log:lost')).toMatchObject([{ changes }])
  expect(await readByAll(0)).toEqual([2, 2, 2])
  assertVerdict(await crew.finish())
})

test('an own change that was answered and not heard of is missed, and repeated', async () => {
  await using ofLog = await createProxy({ port: redis.port })
  await crew.open([{ kind: 'standalone', port: redis.port, logPort: ofLog.port }, straight(), straight()], PATIENT)
  expect(await readByAll(0)).toEqual([1, 1, 1])
  await crew.shake(async () => {
    await remember()
    await ofLog.cut()
    expect(await crew.tell(0, { do: 'change', how: 'delete', key: 0 })).toBe('applied')
    await forget()
    await ofLog.heal()
  })
  expect(crew.events(0, 'log:lost')).toMatchObject([{ changes: 1 }])
  expect(await readByAll(0)).toEqual([2, 2, 2])
  assertVerdict(await crew.finish())
})

test('a set that is forgotten is repeated as a delete', async () => {
  await crew.open([straight(), straight(), straight()], PATIENT)
  expect(await readByAll(0)).toEqual([1, 1, 1])
  await crew.shake(async () => {
    await remember()
    expect(await crew.tell(0, { do: 'change', how: 'set', key: 0 })).toBe('applied')
    await crew.tell(1, { do: 'see gone', key: 0 })
    expect(await crew.read(1, 'get', 0)).toBe(2)
    await forget()
  })
  expect(await Promise.all([0, 1, 2].map((index) => crew.read(index, 'get', 0)))).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  assertVerdict(await crew.finish())
})

test('what is being loaded meanwhile is given to its caller and not kept', async () => {
  await crew.open([straight(), straight(), straight()], PATIENT)
  expect(await readByAll(5)).toEqual([1, 1, 1])
  await remember()
  await crew.tell(0, { do: 'change', how: 'delete', key: 5 })
  await crew.tell(1, { do: 'see gone', key: 5 }) // it has heard of what is going to be forgotten
  await crew.tell(1, { do: 'hold loads' })
  const read = crew.read(1, 'getOrSet', 0)
  await crew.tell(1, { do: 'see a load held' })
  await crew.shake(async () => {
    await forget()
    await vi.waitFor(() => expect(crew.events(1, 'log:lost')).toHaveLength(1), { timeout: 20_000 })
    await crew.tell(1, { do: 'let loads go' })
  })
  expect(await read).toBe(1)
  expect(await crew.read(1, 'peek', 0)).toBeUndefined()
  expect(await crew.read(2, 'get', 0)).toBeUndefined()
  assertVerdict(await crew.finish())
})

test('a change whose maker is gone before it could repeat it is lost, until the ttl ends', async () => {
  const ttlMs = 3_000
  await crew.open([straight(), straight(), straight()], { ...PATIENT, ttlMs })
  expect(await readByAll(0)).toEqual([1, 1, 1])
  const loadedMs = performance.now()
  await crew.shake(async () => {
    await remember()
    expect(await crew.tell(0, { do: 'change', how: 'delete', key: 0 })).toBe('applied')
    await crew.kill(0)
    await forget()
  })
  // It cannot be promised either way: on a slow machine the ttl may be over.
  expect([1, 2]).toContain(await crew.read(0, 'getOrSet', 0))
  await sleep(Math.max(0, loadedMs + ttlMs + 50 - performance.now()))
  expect(await Promise.all([0, 1].map((index) => crew.read(index, 'getOrSet', 0)))).toEqual([2, 2])
  assertVerdict(await crew.finish())
})

test('nothing is lost while all processes live', () =>
  assertScenario(crew, {
    connects: [straight(), straight(), straight()],
    rounds: 2,
    round: () =>
      crew.shake(async () => {
        await remember()
        await sleep(400)
        await forget()
      }),
  }))
