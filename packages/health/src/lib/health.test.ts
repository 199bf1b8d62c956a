import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, test, vi } from 'vitest'
import type { HealthEvent } from './events.ts'
import { createHealth, type Health } from './health.ts'
import type { HealthOptions } from './options.ts'
import type { CheckReport, HealthReport } from './report.ts'

function create(options: HealthOptions = {}): { clock: ManualClock; health: Health; events: HealthEvent[] } {
  const clock = createManualClock()
  const health = createHealth({ clock, ...options })
  const events: HealthEvent[] = []
  health.subscribe((event) => events.push(event))
  return { clock, health, events }
}

const hang = (): Promise<never> => new Promise(() => {})

/** Runs what is due to its end, while the clock moves on. */
async function checkWithin(health: Health, clock: ManualClock, ms = 400): Promise<HealthReport> {
  const report = health.check()
  await clock.advanceAsync(ms)
  return report
}

function only({ checks }: HealthReport, name: string): CheckReport {
  const found = checks.find((check) => check.name === name)
  if (found === undefined) throw new Error(`no ${name}`)
  return found
}

test('check() tells what every check says', async () => {
  const { health } = create()
  health
    .add('redis', async () => 'PONG')
    .add('disk', () => ({ status: 'degraded', cause: 'nearly full', data: { free: 3 } }))
    .add('mail', () => false, { critical: false })
  const report = await health.check()
  expect(report.checks.map(({ name, status, cause, data }) => [name, status, cause, data])).toEqual([
    ['redis', 'healthy', undefined, undefined],
    ['disk', 'degraded', 'nearly full', { free: 3 }],
    ['mail', 'unhealthy', 'It returned false', undefined],
  ])
  expect(report).toMatchObject({ name: 'process', status: 'degraded', at: Date.UTC(2026, 0) })
})

test('check() is unhealthy if a critical one is, and degraded if another one is', async () => {
  const { health } = create()
  health.add('mail', () => false, { critical: false })
  expect((await health.check()).status).toBe('degraded')
  health.add('database', () => false)
  expect((await health.check()).status).toBe('unhealthy')
})

test('check() fails a check that throws, rejects or throws no error, and goes on with the others', async () => {
  const { health } = create()
  health
    .add('throws', () => {
      throw new Error('sync')
    })
    .add('rejects', () => Promise.reject(new Error('async')))
    .add('odd', () => Promise.reject(undefined))
    .add('well', () => true)
  const { checks } = await health.check()
  expect(checks.map(({ status, cause }) => `${status} ${cause}`)).toEqual([
    'unhealthy sync',
    'unhealthy async',
    'unhealthy It failed without an error',
    'healthy undefined',
  ])
})

test('report() runs nothing, and what was never run is unhealthy', () => {
  const { health, clock } = create()
  const run = vi.fn()
  health.add('a', run)
  expect(health.report()).toMatchObject({
    status: 'unhealthy',
    checks: [{ status: 'unhealthy', cause: 'It has not been run yet', checkedAt: undefined }],
  })
  expect(run).not.toHaveBeenCalled()
  expect(clock.pending).toBe(0)
})

test('check() begins one run however many ask', async () => {
  const { health, clock } = create()
  const run = vi.fn(() => clock.sleep(200))
  health.add('a', run)
  const asked = Array.from({ length: 100 }, () => health.check())
  await clock.advanceAsync(200)
  for (const report of await Promise.all(asked)) expect(report.status).toBe('healthy')
  expect(run).toHaveBeenCalledTimes(1)
})

test('check() serves a result until it is old, and renews it in the background before', async () => {
  const { health, clock } = create({ cacheMs: 1_000 })
  const run = vi.fn(() => clock.sleep(100))
  health.add('a', run)
  await checkWithin(health, clock, 100)

  clock.advance(499)
  await health.check()
  expect(run).toHaveBeenCalledTimes(1)

  clock.advance(1)
  await health.check() // at once, though a run has begun
  expect(run).toHaveBeenCalledTimes(2)
  await clock.advanceAsync(100)

  clock.advance(1_000)
  const late = health.check()
  const seen = vi.fn()
  void late.then(seen)
  await clock.advanceAsync(99)
  expect(seen).not.toHaveBeenCalled()
  await clock.advanceAsync(1)
  expect(seen).toHaveBeenCalled()
  expect(run).toHaveBeenCalledTimes(3)
})

test('check() never makes steady probes wait, but the first', async () => {
  const { health, clock } = create({ cacheMs: 1_000 })
  health.add('a', () => clock.sleep(300))
  await checkWithin(health, clock, 300)
  for (let probe = 0; probe < 20; probe++) {
    await clock.advanceAsync(600)
    const seen = vi.fn()
    void health.check().then(seen)
    await clock.advanceAsync(0)
    expect(seen).toHaveBeenCalled()
  }
})

test('check() runs anew each time with a cache of 0, but one run at a time', async () => {
  const { health, clock } = create({ cacheMs: 0 })
  const run = vi.fn(() => clock.sleep(10))
  health.add('a', run)
  await checkWithin(health, clock, 10)
  const both = Promise.all([health.check(), health.check()])
  await clock.advanceAsync(10)
  await both
  expect(run).toHaveBeenCalledTimes(2)
})

test('check() answers at the limit when a check hangs, and aborts its signal', async () => {
  const { health, clock } = create({ limitMs: 400 })
  let seen: AbortSignal | undefined
  health.add('hangs', ({ signal, name }) => {
    expect(name).toBe('hangs')
    seen = signal
    return hang()
  })
  const answered = vi.fn()
  const report = health.check()
  void report.then(answered)
  await clock.advanceAsync(399)
  expect(answered).not.toHaveBeenCalled()
  await clock.advanceAsync(1)
  expect(only(await report, 'hangs')).toMatchObject({
    status: 'unhealthy',
    cause: 'Cannot wait for the check "hangs" any longer as it took over 400 ms',
    durationMs: 400,
  })
  expect(seen?.aborted).toBe(true)
  expect(clock.pending).toBe(0)
})

test('check() waits for each check no longer than its own limit', async () => {
  const { health, clock } = create()
  health.add('a', hang, { limitMs: 50 }).add('b', hang, { limitMs: 100 })
  const report = health.check()
  await clock.advanceAsync(100)
  expect((await report).checks.map(({ durationMs }) => durationMs)).toEqual([50, 100])
})

test('check() begins no more than three runs that hang, until one of them ends', async () => {
  const { health, clock, events } = create({ cacheMs: 0, failureThreshold: 1 })
  const ends: (() => void)[] = []
  health.add('hangs', () => new Promise<void>((resolve) => ends.push(resolve)))
  for (let run = 0; run < 5; run++) await checkWithin(health, clock)
  expect(ends).toHaveLength(3)
  expect(only(health.report(), 'hangs').cause).toContain('3 of its runs hang')
  expect(events.filter(({ type }) => type === 'check:hung')).toEqual([{ type: 'check:hung', check: 'hangs', runs: 3 }])

  ends[0]?.()
  await clock.advanceAsync(0)
  await checkWithin(health, clock)
  expect(ends).toHaveLength(4)
})

test('check() tries again after a minute when three of its runs never end', async () => {
  const { health, clock } = create({ cacheMs: 0, failureThreshold: 1 })
  let runs = 0
  const begunMs = clock.now()
  health.add('hangs', () => (++runs <= 3 ? hang() : undefined))
  for (let run = 0; run < 4; run++) await checkWithin(health, clock)
  await clock.advanceAsync(begunMs + 59_000 - clock.now())
  await checkWithin(health, clock)
  expect([runs, health.report().status]).toEqual([3, 'unhealthy'])
  await clock.advanceAsync(1_000)
  await checkWithin(health, clock)
  expect([runs, health.report().status]).toEqual([4, 'healthy'])
})

test('check() goes down after failures in a row, up after successes in a row, and tells each with its cause', async () => {
  const { health, clock, events } = create({ cacheMs: 0, failureThreshold: 2, successThreshold: 2 })
  let isWell = true
  health.add('a', () => {
    if (!isWell) throw new Error('lost')
  })
  const statuses: string[] = []
  const probe = async (well: boolean): Promise<void> => {
    isWell = well
    clock.advance(10)
    statuses.push((await health.check('ready')).status)
  }
  for (const well of [true, false, true, false, false, true, true]) await probe(well)
  expect(statuses).toEqual(['healthy', 'healthy', 'healthy', 'healthy', 'unhealthy', 'unhealthy', 'healthy'])
  expect(events).toEqual([
    { type: 'check:changed', check: 'a', from: undefined, to: 'healthy', cause: undefined },
    { type: 'status:changed', group: 'ready', from: undefined, to: 'healthy' },
    { type: 'check:changed', check: 'a', from: 'healthy', to: 'unhealthy', cause: new Error('lost') },
    { type: 'status:changed', group: 'ready', from: 'healthy', to: 'unhealthy' },
    { type: 'check:changed', check: 'a', from: 'unhealthy', to: 'healthy', cause: undefined },
    { type: 'status:changed', group: 'ready', from: 'unhealthy', to: 'healthy' },
  ])
  expect(only(health.report(), 'a').history.map(({ to, cause }) => [to, cause])).toEqual([
    ['healthy', undefined],
    ['unhealthy', 'lost'],
    ['healthy', undefined],
  ])
})

test('check() keeps the cause of a failure while it is not yet up again', async () => {
  const { health } = create({ cacheMs: 0, successThreshold: 3 })
  let isWell = false
  health.add('a', () => isWell)
  await health.check()
  isWell = true
  await health.check()
  expect(only(health.report(), 'a')).toMatchObject({ status: 'unhealthy', cause: 'It returned false' })
})

test('check(group) runs and tells the checks of the group alone', async () => {
  const { health } = create()
  const other = vi.fn()
  health
    .add('a', () => true, { groups: ['live', 'mine'] })
    .add('b', other)
    .add('c', () => false, { groups: ['mine'], critical: false })
  expect(await health.check('live')).toMatchObject({ group: 'live', status: 'healthy', checks: [{ name: 'a' }] })
  expect((await health.check('mine')).status).toBe('degraded')
  expect(other).not.toHaveBeenCalled()
})

test('check(group) of a group that no check belongs to is healthy if it is one of ours, and else a misspelt name', async () => {
  const { health } = create()
  expect((await health.check('live')).status).toBe('healthy')
  expect((await health.check('startup')).status).toBe('healthy')
  expect((await health.check('raedy')).status).toBe('unhealthy')
})

test('check() does not hang on a check that asks for itself', async () => {
  const { health, clock } = create()
  const runs = vi.fn()
  health.add('a', async () => {
    runs()
    await health.check()
  })
  const report = await checkWithin(health, clock)
  expect(only(report, 'a').status).toBe('unhealthy')
  expect(runs).toHaveBeenCalledTimes(1)
})

test('check() is not broken by a listener', async () => {
  const { health, events } = create()
  const thrown = new Error('listener')
  const uncaught: unknown[] = []
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => uncaught.push(error))
  health.subscribe(() => {
    throw thrown
  })
  health.subscribe((event) => events.push(event))
  health.add('a', () => true)
  expect((await health.check()).status).toBe('healthy')
  await new Promise((resolve) => setImmediate(resolve))
  process.removeAllListeners('uncaughtException')
  for (const other of others) process.on('uncaughtException', other)
  expect(uncaught).toEqual([thrown, thrown])
  expect(events).toHaveLength(4)
})

test('add() runs a check by itself with an interval', async () => {
  const { health, clock } = create()
  const run = vi.fn()
  health.add('a', run, { intervalMs: 5_000 })
  await clock.advanceAsync(15_000)
  expect(run).toHaveBeenCalledTimes(3)
  await health.close()
  await clock.advanceAsync(15_000)
  expect(run).toHaveBeenCalledTimes(3)
  expect(clock.pending).toBe(0)
})

test.for([
  [() => createHealth({ limitMs: 0 }), '`limitMs`'],
  [() => createHealth({ limitMs: 86_400_001 }), '`limitMs`'],
  [() => createHealth({ cacheMs: -1 }), '`cacheMs`'],
  [() => createHealth({ failureThreshold: 0 }), '`failureThreshold`'],
  [() => createHealth({ successThreshold: 1.5 }), '`successThreshold`'],
  [() => createHealth({ degradedStatus: 500 as never }), '`degradedStatus` to be 200 or 503, got 500'],
  [() => createHealth({ showsDetails: true as never }), '`showsDetails`'],
  [() => createHealth({ name: '' }), '`name`'],
  [() => createHealth({ version: '' }), '`version`'],
] as const)('createHealth() names what is wrong: %s', ([make, text]) => {
  expect(make).toThrow(text)
})

test.for([
  [{ limitMs: 0 }, '`limitMs of a`'],
  [{ cacheMs: Number.NaN }, '`cacheMs of a`'],
  [{ failureThreshold: 0 }, '`failureThreshold of a`'],
  [{ successThreshold: -1 }, '`successThreshold of a`'],
  [{ intervalMs: 0 }, '`intervalMs of a`'],
  [{ critical: 'no' as never }, '`critical of a`'],
  [{ groups: 'live' as never }, '`groups of a`'],
  [{ groups: [''] }, '`groups of a`'],
  [{ dependsOn: [1 as never] }, '`dependsOn of a`'],
  [{ groups: ['live'], dependsOn: ['well'] }, 'liveness must not depend on "well"'],
  [{ recover: { run: 1 as never } }, '`recover.run of a`'],
  [{ recover: { run: () => {}, maxTries: 0 } }, '`recover.maxTries of a`'],
  [{ recover: { run: () => {}, delayMs: 10, maxDelayMs: 5 } }, '`recover.delayMs of a`'],
  [{ recover: { run: () => {}, limitMs: 0 } }, '`recover.limitMs of a`'],
] as const)('add() names what is wrong with %j, and adds nothing', ([options, text]) => {
  const { health, clock } = create()
  health.add('well', () => true)
  expect(() => health.add('a', () => true, options)).toThrow(text)
  expect(health.report().checks.map(({ name }) => name)).toEqual(['well'])
  expect(clock.pending).toBe(0)
})

test('add() refuses a second check of one name, and what is no function', () => {
  const { health } = create()
  health.add('a', () => true)
  expect(() => health.add('a', () => true)).toThrow('Expected each check to have a name of its own, got "a" twice')
  expect(() => health.add('b', 1 as never)).toThrow('`check of b`')
  expect(() => health.add('', () => true)).toThrow('`name`')
})

test('close() ends what is under way, and no check is run any more', async () => {
  const { health, clock } = create()
  const signals: AbortSignal[] = []
  health.add('a', ({ signal }) => {
    signals.push(signal)
    return hang()
  })
  const report = health.check()
  await clock.advanceAsync(0)
  await health.close()
  await health.close()
  expect((await report).status).toBe('unhealthy')
  expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  expect(clock.pending).toBe(0)
  await health.check()
  expect(signals).toHaveLength(1)
})

test('measure() gives numbers of groups and checks, and leaves out what nobody knows', async () => {
  const { health } = create()
  health.add('a', () => true).add('b', () => 'degraded')
  expect(health.measure().filter(({ kind }) => kind === 'gauge')).toEqual([])
  await health.check()
  const numbers = health.measure().map(({ name, labels, value }) => [name, labels, value])
  expect(numbers).toContainEqual(['health_status', { group: 'ready' }, 0.5])
  expect(numbers).toContainEqual(['health_check_status', { check: 'a' }, 1])
  expect(numbers).toContainEqual(['health_check_runs_total', { check: 'b' }, 1])
  expect(numbers).toContainEqual(['health_check_failures_total', { check: 'b' }, 0])
  expect(numbers).toContainEqual(['health_recoveries_total', { check: 'b' }, 0])
  expect(health.measure().find(({ kind }) => kind === 'histogram')?.value).toMatchObject({ count: 1 })
})

test('check() tells a group only when its own status changes', async () => {
  const { health, events } = create({ cacheMs: 0, failureThreshold: 1 })
  const well = { a: false, b: true }
  health.add('a', () => well.a, { critical: false }).add('b', () => well.b, { critical: false })
  await health.check()
  well.b = false
  await health.check()
  expect(events.filter(({ type }) => type === 'status:changed')).toEqual([
    { type: 'status:changed', group: 'ready', from: undefined, to: 'degraded' },
  ])
  expect(events.filter(({ type }) => type === 'check:changed')).toHaveLength(3)
})
