import type { HttpExchange, HttpReply } from '@breakwater/core'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, test, vi } from 'vitest'
import { createHealth, type Health } from './health.ts'
import type { HealthOptions } from './options.ts'

function create(options: HealthOptions = {}): { clock: ManualClock; health: Health } {
  const clock = createManualClock()
  return { clock, health: createHealth({ clock, cacheMs: 1_000, failureThreshold: 1, ...options }) }
}

/** What a probe is answered at once; nothing if it waits. */
function probe({ readiness }: Health): number | undefined {
  const reply = readiness({} as HttpExchange)
  return 'then' in reply ? undefined : (reply as HttpReply).status
}

test('a probe is answered at once until half of the cache is over, and begins a run then', async () => {
  const { health, clock } = create()
  const run = vi.fn(() => true)
  health.add('a', run).add('b', () => true, { cacheMs: 10_000 })
  expect(probe(health)).toBeUndefined()
  await clock.advanceAsync(0)
  expect([probe(health), probe(health)]).toEqual([200, 200])
  clock.advance(499)
  expect(probe(health)).toBe(200)
  await clock.advanceAsync(0)
  expect(run).toHaveBeenCalledTimes(1)
  clock.advance(1)
  expect(probe(health)).toBe(200)
  await clock.advanceAsync(0)
  expect(run).toHaveBeenCalledTimes(2)
  clock.advance(1_000)
  expect(probe(health)).toBeUndefined()
})

test('a probe sees what a run by itself has found, though nothing was due', async () => {
  const { health, clock } = create({ cacheMs: 60_000 })
  let isWell = true
  health.add('a', () => isWell, { intervalMs: 100 })
  await health.check()
  expect(probe(health)).toBe(200)
  isWell = false
  await clock.advanceAsync(100)
  expect(probe(health)).toBe(503)
  isWell = true
  await clock.advanceAsync(100)
  expect(probe(health)).toBe(200)
  await health.close()
})

test('a probe sees a check that was added since', async () => {
  const { health } = create()
  health.add('a', () => true)
  await health.check()
  expect(probe(health)).toBe(200)
  health.add('b', () => false)
  expect(probe(health)).toBeUndefined()
  await health.check()
  expect(probe(health)).toBe(503)
})

test.each([
  ['', () => undefined],
  [', even if it asked while that was told', probe],
])('a probe sees that a check is blocked, and that it no longer is%s', async (_, hear) => {
  const { health, clock } = create({ cacheMs: 60_000 })
  health.subscribe(() => void hear(health))
  let isWell = true
  health
    .add('database', () => isWell, { intervalMs: 100, critical: false })
    .add('orders', () => clock.sleep(10), { dependsOn: ['database'] })
  const first = health.check()
  await clock.advanceAsync(10)
  await first
  expect(probe(health)).toBe(200)
  isWell = false
  await clock.advanceAsync(100)
  expect(probe(health)).toBe(503)
  isWell = true
  await clock.advanceAsync(95)
  // It is back, and being run.
  expect(probe(health)).toBeUndefined()
  await clock.advanceAsync(10)
  expect(probe(health)).toBe(200)
  await health.close()
})

test('whoever hears of a change and asks at once gets the new status', async () => {
  const { health, clock } = create({ cacheMs: 60_000 })
  let isWell = true
  health.add('a', () => isWell, { intervalMs: 100 })
  await health.check()
  expect(probe(health)).toBe(200)
  const heard: (number | undefined)[] = []
  health.subscribe(() => heard.push(probe(health)))
  isWell = false
  await clock.advanceAsync(100)
  expect(heard).toEqual([503, 503])
  await health.close()
})

test('a probe without a cache always waits for a run', async () => {
  const { health } = create({ cacheMs: 0 })
  health.add('a', () => true)
  await health.check()
  expect([probe(health), probe(health)]).toEqual([undefined, undefined])
})

test('neither probes nor runs that wait for nothing start a timer', async () => {
  const health = createHealth({ cacheMs: 60_000 }).add('a', async () => true)
  const setTimer = vi.spyOn(globalThis, 'setTimeout')
  await health.check()
  for (let i = 0; i < 100; i++) expect(probe(health)).toBe(200)
  expect(setTimer).not.toHaveBeenCalled()
  setTimer.mockRestore()
})
