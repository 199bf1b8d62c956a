import { afterEach, expect, test, vi } from 'vitest'
import { resolveShutdownOptions, type ShutdownOptions } from './options.ts'

afterEach(() => vi.unstubAllEnvs())

test('resolveShutdownOptions() has defaults, and another delay in Kubernetes', () => {
  vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined)
  expect(resolveShutdownOptions({})).toMatchObject({
    name: 'process',
    drainDelayMs: 0,
    lingerMs: 500,
    deadlineMs: 5_000,
    crashDeadlineMs: 1_000,
    signals: ['SIGTERM', 'SIGINT'],
    restartSignals: [],
    handleCrashes: true,
    crashFile: undefined,
    exit: true,
  })
  vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.0.0.1')
  expect(resolveShutdownOptions({}).drainDelayMs).toBe(5_000)
  expect(resolveShutdownOptions({ drainDelayMs: 0 }).drainDelayMs).toBe(0)
})

test.for<readonly [ShutdownOptions, string]>([
  [{ name: '' }, 'Expected `name` to be a string that is not empty, got ""'],
  [{ drainDelayMs: -1 }, 'Expected `drainDelayMs` to be a number of milliseconds of at least 0, got -1'],
  [{ lingerMs: Number.NaN }, 'Expected `lingerMs` to be a number of milliseconds of at least 0, got NaN'],
  [{ deadlineMs: 0 }, 'Expected `deadlineMs` to be a number of milliseconds over 0, got 0'],
  [{ deadlineMs: 86_400_001 }, 'Expected `deadlineMs` to be at most 86400000, a day, got 86400001'],
  [{ crashDeadlineMs: Number.POSITIVE_INFINITY }, 'Expected `crashDeadlineMs` to be a number of milliseconds over 0'],
  [{ crashFile: '' }, 'Expected `crashFile` to be a string that is not empty, got ""'],
  [{ signals: ['SIGTERMS' as never] }, 'Expected `signals` to be names of signals, such as "SIGTERM", got "SIGTERMS"'],
  [{ signals: ['SIGKILL'] }, 'Expected `signals` to be signals that a process can hear of, got "SIGKILL"'],
  [
    { restartSignals: ['SIGSTOP'] },
    'Expected `restartSignals` to be signals that a process can hear of, got "SIGSTOP"',
  ],
])('resolveShutdownOptions() refuses %o', ([options, message]) => {
  expect(() => resolveShutdownOptions(options)).toThrow(message)
})
