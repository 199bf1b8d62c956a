import type { Monitor, MonitorSnapshot, SignalReport } from '@breakwater/monitor'
import { expect, test } from 'vitest'
import { createPressureCheck } from './pressure.ts'

function signal(level: SignalReport['level'], value: number | undefined): SignalReport {
  return { level, value, warning: 0.6, critical: 0.8 }
}

function check(signals: Readonly<Record<string, SignalReport>>, names: readonly string[]): unknown {
  const monitor: Pick<Monitor, 'snapshot'> = { snapshot: () => ({ signals }) as MonitorSnapshot }
  return createPressureCheck(monitor, names)({ signal: AbortSignal.timeout(1_000), name: 'cpu' })
}

test.each([
  ['ok', 'healthy'],
  ['warning', 'degraded'],
  ['critical', 'unhealthy'],
] as const)('createPressureCheck() calls %s %s', (level, status) => {
  expect(check({ cpuRatio: signal(level, 0.7) }, ['cpuRatio'])).toEqual({
    status,
    data: { cpuRatio: 0.7 },
    cause: `cpuRatio is 0.70, which is ${level}: 0.6 is a warning, 0.8 critical`,
  })
})

test('createPressureCheck() goes by the worst of its signals, and by no other', () => {
  const signals = { a: signal('warning', 1), b: signal('critical', 2), c: signal('ok', 3), d: signal('critical', 4) }
  expect(check(signals, ['a', 'b', 'c'])).toMatchObject({
    status: 'unhealthy',
    data: { a: 1, b: 2, c: 3 },
    cause: expect.stringContaining('b is 2.00, which is critical'),
  })
  expect(check(signals, ['a', 'c'])).toMatchObject({ status: 'degraded' })
})

test('createPressureCheck() is healthy where there is no such signal, or no number', () => {
  expect(check({}, ['cpuRatio'])).toEqual({ status: 'healthy', data: {} })
  expect(check({ cpuRatio: signal('ok', undefined) }, ['cpuRatio'])).toMatchObject({ status: 'healthy' })
})
