import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, test, vi } from 'vitest'
import type { HealthEvent } from '../events.ts'
import { createHealth, type Health } from '../health.ts'

function create(): { clock: ManualClock; health: Health; events: HealthEvent[] } {
  const clock = createManualClock()
  const health = createHealth({ clock, cacheMs: 0, failureThreshold: 1 })
  const events: HealthEvent[] = []
  health.subscribe((event) => events.push(event))
  return { clock, health, events }
}

function statuses(health: Health): Record<string, string> {
  return Object.fromEntries(health.report().checks.map(({ name, status }) => [name, status]))
}

test('dependsOn keeps a check from being run while what it depends on is unhealthy, and names that', async () => {
  const { health, events } = create()
  const run = vi.fn(() => true)
  health.add('database', async () => false).add('orders', run, { dependsOn: ['database'] })
  await health.check()
  await health.check()
  expect(run).toHaveBeenCalledTimes(1) // beside the first run of the database, of which nothing was known
  expect(health.report().checks[1]).toMatchObject({ status: 'unhealthy', cause: 'Because "database" is unhealthy' })
  expect(events).toContainEqual(expect.objectContaining({ type: 'check:changed', check: 'orders', to: 'unhealthy' }))
})

test('dependsOn runs a check at once when what it depends on is back, within the same answer', async () => {
  const { health, clock } = create()
  let isWell = false
  health
    .add('database', () => isWell)
    .add('orders', () => clock.sleep(10), { dependsOn: ['database'] })
    .add('page', () => true, { dependsOn: ['orders'] })
  const first = health.check()
  await clock.advanceAsync(10)
  await first
  expect(statuses(health)).toEqual({ database: 'unhealthy', orders: 'unhealthy', page: 'unhealthy' })
  isWell = true
  const report = health.check()
  await clock.advanceAsync(10)
  expect((await report).checks.map(({ status }) => status)).toEqual(['healthy', 'healthy', 'healthy'])
})

test('dependsOn waits for what is back no longer than the limit', async () => {
  const { health, clock } = create()
  let isWell = false
  health
    .add('database', () => clock.sleep(300).then(() => isWell))
    .add('orders', () => new Promise(() => {}), { dependsOn: ['database'] })
  const first = health.check()
  await clock.advanceAsync(400)
  await first
  isWell = true
  const answered = vi.fn()
  void health.check().then(answered)
  await clock.advanceAsync(399)
  expect(answered).not.toHaveBeenCalled()
  await clock.advanceAsync(1)
  expect(answered).toHaveBeenCalled()
  expect(statuses(health)).toEqual({ database: 'healthy', orders: 'unhealthy' })
})

test('dependsOn runs what a group depends on as well, without counting it', async () => {
  const { health } = create()
  const run = vi.fn(() => true)
  health.add('database', run, { groups: ['deep'] }).add('orders', () => true, { dependsOn: ['database'] })
  const report = await health.check('ready')
  expect(run).toHaveBeenCalledTimes(1)
  expect(report.checks.map(({ name }) => name)).toEqual(['orders'])
})

test('dependsOn lets a degraded dependency pass', async () => {
  const { health } = create()
  health.add('database', () => 'degraded').add('orders', () => true, { dependsOn: ['database'] })
  await health.check()
  expect(statuses(health)).toEqual({ database: 'degraded', orders: 'healthy' })
})

test('dependsOn waits until all of several are back', async () => {
  const { health } = create()
  const well = { a: false, b: false }
  health
    .add('a', () => well.a)
    .add('b', () => well.b)
    .add('c', () => true, { dependsOn: ['a', 'b'] })
  await health.check()
  well.a = true
  await health.check()
  expect(health.report().checks[2]).toMatchObject({ status: 'unhealthy', cause: 'Because "b" is unhealthy' })
  well.b = true
  await health.check()
  expect(statuses(health).c).toBe('healthy')
})

test('dependsOn forgets a run that began before its dependency failed', async () => {
  const { health, clock } = create()
  health
    .add('database', () => clock.sleep(10).then(() => false))
    .add('orders', () => clock.sleep(20), { dependsOn: ['database'] })
  const report = health.check()
  await clock.advanceAsync(20)
  expect((await report).checks[1]).toMatchObject({ status: 'unhealthy', cause: 'Because "database" is unhealthy' })
})

test('dependsOn blocks a check that is added while its dependency is unhealthy', async () => {
  const { health } = create()
  health.add('database', () => false)
  await health.check()
  const run = vi.fn()
  health.add('orders', run, { dependsOn: ['database'] })
  await health.check()
  expect(run).not.toHaveBeenCalled()
})

test('add() refuses checks that depend on themselves, over others as well', () => {
  const { health } = create()
  expect(() => health.add('a', () => {}, { dependsOn: ['a'] })).toThrow('"a" -> "a"')
  health.add('b', () => {}, { dependsOn: ['c'] }).add('c', () => {}, { dependsOn: ['d'] })
  expect(() => health.add('d', () => {}, { dependsOn: ['b'] })).toThrow('"d" -> "b" -> "c" -> "d"')
  health.add('d', () => {})
})

test('add() tells at the end of the turn which name in dependsOn nobody has added', async () => {
  const { health } = create()
  const uncaught = vi.fn()
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', uncaught)
  health.add('a', () => {}, { dependsOn: ['later'] }).add('later', () => {})
  health.add('orders', () => {}, { dependsOn: ['databse'] })
  await new Promise((resolve) => setImmediate(resolve))
  process.removeAllListeners('uncaughtException')
  for (const other of others) process.on('uncaughtException', other)
  expect(String(uncaught.mock.calls[0]?.[0])).toBe(
    'TypeError: Expected `dependsOn` of "orders" to name checks, got "databse"',
  )
})

test('dependsOn forgets what was known of a check that was blocked: its first result counts at once', async () => {
  const clock = createManualClock()
  const health = createHealth({ clock, cacheMs: 0, failureThreshold: 2, successThreshold: 2 })
  const well = { database: true, orders: true }
  health.add('database', () => well.database, { failureThreshold: 1, successThreshold: 1 })
  health.add('orders', () => well.orders, { dependsOn: ['database'] })
  const statusAfter = async (database: boolean, orders: boolean): Promise<string | undefined> => {
    Object.assign(well, { database, orders })
    return (await health.check()).checks[1]?.status
  }
  expect(await statusAfter(true, true)).toBe('healthy')
  expect(await statusAfter(false, true)).toBe('unhealthy')
  // One success, though two in a row are asked for.
  expect(await statusAfter(true, true)).toBe('healthy')
  expect(await statusAfter(false, true)).toBe('unhealthy')
  // One failure, though two in a row are asked for.
  expect(await statusAfter(true, false)).toBe('unhealthy')
  expect(health.report().checks[1]?.cause).toBe('It returned false')
})
