import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, test, vi } from 'vitest'
import type { HealthEvent } from '../events.ts'
import { createHealth, type Health } from '../health.ts'
import type { HealthCheck, RecoveryContext, RecoveryOptions } from './options.ts'

function create(
  check: HealthCheck,
  recover: RecoveryOptions,
  successThreshold = 1,
): { clock: ManualClock; health: Health; recoveries: HealthEvent[] } {
  const clock = createManualClock()
  const health = createHealth({ clock, failureThreshold: 1, successThreshold })
  const recoveries: HealthEvent[] = []
  health.subscribe((event) => {
    if (event.type.startsWith('recovery:')) recoveries.push(event)
  })
  health.add('queue', check, { recover })
  return { clock, health, recoveries }
}

test('recover begins when a check goes down, and runs the check right after', async () => {
  let isWell = false
  const seen: Omit<RecoveryContext, 'signal'>[] = []
  const { health, clock, recoveries } = create(
    () => {
      if (!isWell) throw new Error('gone')
    },
    {
      run: ({ attempt, cause }) => {
        seen.push({ attempt, cause })
        isWell = true
      },
    },
  )
  await health.check()
  await clock.advanceAsync(0)
  expect(seen).toEqual([{ attempt: 1, cause: new Error('gone') }])
  expect(health.report().status).toBe('healthy')
  expect(recoveries).toEqual([
    { type: 'recovery:tried', check: 'queue', attempt: 1, outcome: 'recovered', error: undefined },
  ])
  expect(health.report().checks[0]?.history.map(({ what, to, outcome }) => to ?? `${what} ${outcome}`)).toEqual([
    'unhealthy',
    'healthy',
    'tried recovered',
  ])
  expect(clock.pending).toBe(0)
})

test('recover tries again after waits that grow, up to its limit of tries, and tells when they are used up', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.999)
  const times: number[] = []
  const { health, clock, recoveries } = create(() => false, {
    run: () => {
      times.push(clock.now())
    },
    maxTries: 5,
    delayMs: 1_000,
    maxDelayMs: 3_000,
  })
  await health.check()
  await clock.advanceAsync(60_000)
  const waits = times.map((at, index) => Math.round(at - (times[index - 1] ?? at)))
  expect(waits).toEqual([0, 999, 1_998, 2_997, 2_997])
  expect(recoveries.at(-1)).toEqual({ type: 'recovery:exhausted', check: 'queue', tries: 5 })
  expect(recoveries.map((event) => ('outcome' in event ? event.outcome : event.type))).toEqual([
    ...Array(5).fill('unchanged'),
    'recovery:exhausted',
  ])
  expect(clock.pending).toBe(0)

  clock.advance(10_000)
  await health.check()
  await clock.advanceAsync(60_000)
  expect(times).toHaveLength(5)
  vi.restoreAllMocks()
})

test('recover waits anything between nothing and the limit', async () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0)
  const run = vi.fn()
  const { health, clock } = create(() => false, { run, maxTries: 3, delayMs: 60_000 })
  await health.check()
  await clock.advanceAsync(0)
  expect(run).toHaveBeenCalledTimes(3)
  random.mockRestore()
})

test('recover has all its tries again after the check was well', async () => {
  let isWell = false
  const attempts: number[] = []
  const { health, clock } = create(() => isWell, {
    run: ({ attempt }) => {
      attempts.push(attempt)
    },
    maxTries: 1,
  })
  const probe = async (well: boolean): Promise<void> => {
    isWell = well
    clock.advance(5_000)
    await health.check()
    await clock.advanceAsync(0)
  }
  for (const well of [false, false, true, false]) await probe(well)
  expect(attempts).toEqual([1, 1])
})

test('recover goes on after a try that throws or hangs, and tells what it was', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0)
  const signals: AbortSignal[] = []
  const { health, clock, recoveries } = create(() => false, {
    run: ({ attempt, signal }) => {
      signals.push(signal)
      if (attempt === 1) throw new Error('no')
      return new Promise(() => {})
    },
    maxTries: 2,
    limitMs: 500,
  })
  await health.check()
  await clock.advanceAsync(499)
  expect(recoveries).toEqual([
    { type: 'recovery:tried', check: 'queue', attempt: 1, outcome: 'failed', error: new Error('no') },
  ])
  await clock.advanceAsync(1)
  expect(recoveries[1]).toMatchObject({ attempt: 2, outcome: 'failed', error: { code: 'ERR_CHECK_TIMEOUT' } })
  expect(signals[1]?.aborted).toBe(true)
  vi.restoreAllMocks()
})

test('recover runs the check as often as it takes to come up', async () => {
  let isWell = false
  const { health, clock, recoveries } = create(
    () => isWell,
    {
      run: () => {
        isWell = true
      },
    },
    3,
  )
  await health.check()
  await clock.advanceAsync(0)
  expect(health.report().status).toBe('healthy')
  expect(recoveries).toHaveLength(1)
})

test('recover ends when the check comes up by itself', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.999)
  let isWell = false
  const run = vi.fn()
  const { health, clock } = create(() => isWell, { run, delayMs: 30_000 })
  await health.check()
  await clock.advanceAsync(0)
  isWell = true
  clock.advance(5_000)
  await health.check()
  await clock.advanceAsync(60_000)
  expect(run).toHaveBeenCalledTimes(1)
  expect(clock.pending).toBe(0)
  vi.restoreAllMocks()
})

test('recover does nothing about a check that is unhealthy because of another one, until it is so by itself', async () => {
  const clock = createManualClock()
  const health = createHealth({ clock, cacheMs: 0, failureThreshold: 1 })
  const run = vi.fn()
  let isWell = false
  health
    .add('database', () => isWell)
    .add('orders', () => clock.sleep(1).then(() => false), {
      dependsOn: ['database'],
      recover: { run, maxTries: 1 },
    })
  const first = health.check()
  await clock.advanceAsync(1)
  await first
  expect(run).not.toHaveBeenCalled()
  isWell = true
  const second = health.check()
  await clock.advanceAsync(10)
  await second
  expect(run).toHaveBeenCalledTimes(1)
})

test('recover ends with close()', async () => {
  const run = vi.fn()
  const { health, clock, recoveries } = create(() => false, { run, delayMs: 1_000 })
  await health.check()
  await clock.advanceAsync(0)
  const tries = run.mock.calls.length
  await health.close()
  await clock.advanceAsync(60_000)
  expect(run).toHaveBeenCalledTimes(tries)
  expect(recoveries).toHaveLength(tries)
  expect(clock.pending).toBe(0)
})

test('recover ends when something that the check depends on goes down', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.999)
  const clock = createManualClock()
  const health = createHealth({ clock, cacheMs: 0, failureThreshold: 1 })
  const run = vi.fn()
  let isWell = true
  health
    .add('database', () => isWell)
    .add('orders', () => false, { dependsOn: ['database'], recover: { run, delayMs: 10_000 } })
  await health.check()
  await clock.advanceAsync(0)
  expect(run).toHaveBeenCalledTimes(1)
  isWell = false
  await health.check()
  await clock.advanceAsync(120_000)
  expect(run).toHaveBeenCalledTimes(1)
  expect(clock.pending).toBe(0)
  vi.restoreAllMocks()
})

test('recover begins no try while one of before is under way', async () => {
  let isWell = false
  let underWay = 0
  let most = 0
  const { health, clock } = create(() => isWell, {
    run: async () => {
      most = Math.max(most, ++underWay)
      await clock.sleep(5_000)
      underWay--
    },
  })
  for (const well of [false, true, false]) {
    isWell = well
    await health.check()
    await clock.advanceAsync(1_000)
  }
  expect(most).toBe(1)
  await clock.advanceAsync(3_000)
  expect(underWay).toBe(1)
  expect(most).toBe(1)
  await health.close()
})
