import { expect, test } from 'vitest'
import { resolveThresholds, type ThresholdOptions } from './options.ts'

test('resolveThresholds() completes what is not given', () => {
  const thresholds = resolveThresholds({ cpuRatio: { warning: 0.1, critical: 0.2 }, memoryRatio: false })
  expect(thresholds).toEqual({
    memoryRatio: false,
    cpuRatio: { warning: 0.1, critical: 0.2 },
    eventLoopUtilizationRatio: { warning: 0.8, critical: 0.95 },
    eventLoopDelayMs: { warning: 100, critical: 500 },
    responseTimeMs: { warning: 300, critical: 500 },
    connectionsRatio: { warning: 0.8, critical: 0.95 },
  })
})

test.for([
  [
    { cpuRatio: { warning: 0.8, critical: 0.8 } },
    '`thresholds.cpuRatio.critical` to be over its warning of 0.8, got 0.8',
  ],
  [
    { cpuRatio: { warning: 0.9, critical: 0.8 } },
    '`thresholds.cpuRatio.critical` to be over its warning of 0.9, got 0.8',
  ],
  [
    { memoryRatio: { warning: 0.7, critical: 1.5 } },
    '`thresholds.memoryRatio.critical` to be a ratio between 0 and 1, got 1.5',
  ],
  [{ memoryRatio: { warning: 0, critical: 0.5 } }, '`thresholds.memoryRatio.warning` to be a number over 0, got 0'],
  [
    { responseTimeMs: { warning: -1, critical: 5 } },
    '`thresholds.responseTimeMs.warning` to be a number over 0, got -1',
  ],
  [{ responseTimeMs: { warning: 1 } }, '`thresholds.responseTimeMs.critical` to be a number over 0, got undefined'],
  [{ responseTimeMs: 300 }, '`thresholds.responseTimeMs` to be { warning, critical }, got 300'],
  [{ memory: { warning: 0.7, critical: 0.9 } }, '`thresholds` to name signals, got "memory"'],
] as const)('resolveThresholds() refuses %j', ([options, message]) => {
  expect(() => resolveThresholds(options as ThresholdOptions)).toThrow(`Expected ${message}`)
})
