import { expect, test } from 'vitest'
import { type MonitorOptions, resolveMonitorOptions } from './options.ts'

test('resolveMonitorOptions() needs nothing', () => {
  expect(resolveMonitorOptions({})).toMatchObject({
    name: 'process',
    sampleEveryMs: 1_000,
    rules: { raiseAfter: 2, clearAfter: 5 },
    maxConnections: undefined,
    leaks: { warmUpMs: 300_000, horizonMs: 604_800_000 },
    heapSnapshot: undefined,
    forceGc: undefined,
    scale: { targetRatio: 0.7 },
  })
})

test('resolveMonitorOptions() takes undefined for what is not given', () => {
  const options: MonitorOptions = { name: undefined, shed: undefined, leaks: undefined, forceGc: undefined }
  expect(resolveMonitorOptions(options)).toMatchObject({ name: 'process', leaks: { warmUpMs: 300_000 } })
  expect(resolveMonitorOptions(options).shed).toBeDefined()
})

test('resolveMonitorOptions() switches off what is false, and on what is true', () => {
  const { shed, leaks, forceGc } = resolveMonitorOptions({ shed: false, leaks: false, forceGc: true })
  expect([shed, leaks, forceGc]).toEqual([undefined, undefined, { everyMs: 60_000 }])
})

test.for([
  [{ name: '' }, '`name` to be a string that is not empty, got ""'],
  [{ sampleEveryMs: 0 }, '`sampleEveryMs` to be a number of milliseconds over 0, got 0'],
  [{ raiseAfter: 0 }, '`raiseAfter` to be a positive integer, got 0'],
  [{ clearAfter: 1.5 }, '`clearAfter` to be a positive integer, got 1.5'],
  [{ maxConnections: 0 }, '`maxConnections` to be a positive integer, got 0'],
  [{ leaks: { warmUpMs: -1 } }, '`leaks.warmUpMs` to be a number of milliseconds of at least 0, got -1'],
  [{ leaks: { horizonMs: 0 } }, '`leaks.horizonMs` to be a number of milliseconds over 0, got 0'],
  [{ forceGc: { everyMs: 0 } }, '`forceGc.everyMs` to be a number of milliseconds over 0, got 0'],
  [{ heapSnapshot: { directory: '' } }, '`heapSnapshot.directory` to be a string that is not empty, got ""'],
  [{ heapSnapshot: { directory: '/x', keep: 0 } }, '`heapSnapshot.keep` to be a positive integer, got 0'],
  [
    { heapSnapshot: { directory: '/x' }, thresholds: { memoryRatio: false } },
    '`thresholds.memoryRatio` to be set, as `heapSnapshot` and `forceGc` wait for it',
  ],
  [
    { forceGc: true, thresholds: { memoryRatio: false } },
    '`thresholds.memoryRatio` to be set, as `heapSnapshot` and `forceGc` wait for it',
  ],
] as const)('resolveMonitorOptions() refuses %j', ([options, message]) => {
  expect(() => resolveMonitorOptions(options)).toThrow(`Expected ${message}`)
})
