import type { MonitorEvent } from '@breakwater/monitor'
import { expect, test } from 'vitest'
import { logMonitor } from './log-monitor.ts'

test('logMonitor() tells of refusals, of what is critical, and of leaks', () => {
  const lines: string[] = []
  const to = (level: string) => (line: string) => void lines.push(`${level} ${line}`)
  const events: readonly MonitorEvent[] = [
    { type: 'pressure:changed', from: 'ok', to: 'warning', signals: ['cpuRatio'] },
    { type: 'pressure:changed', from: 'warning', to: 'critical', signals: ['cpuRatio', 'memoryRatio'] },
    {
      type: 'thresholds:set',
      signal: 'cpuRatio',
      from: { warning: 0.6, critical: 0.8 },
      to: { warning: 0.7, critical: 0.9 },
    },
    { type: 'shedding:started', cause: 'event-loop', demandRatio: 2.04 },
    { type: 'shedding:ended', refused: 1_234, lastedMs: 5_000 },
    { type: 'pressure:changed', from: 'critical', to: 'ok', signals: [] },
    { type: 'leak:suspected', bytesPerHour: 5e6, hoursLeft: 20, retainedBytes: 1e8, seenForMs: 600_000 },
    { type: 'leak:gone', lastedMs: 1, retainedBytes: 1 },
    { type: 'read:failed', source: 'cpuRatio', error: new Error('no such file') },
    { type: 'priority:failed', error: new Error('oops') },
  ]
  logMonitor(
    {
      subscribe(listener) {
        for (const event of events) listener(event)
        return () => {}
      },
    },
    { info: to('info'), warn: to('warn'), error: to('error') } as unknown as Parameters<typeof logMonitor>[1],
  )
  expect(lines).toEqual([
    'info Pressure: critical are cpuRatio, memoryRatio',
    'info Pressure: cpuRatio is high from 0.7 on, and critical from 0.9 on',
    'warn Pressure: requests are refused, as 2.0 times of what can be done is wanted (event-loop)',
    'info Pressure: no request is refused any more, after 1,234',
    'info Pressure: nothing is critical any more',
    'warn Pressure: memory leaks, 5 MB an hour: there is room for 20.0 hours',
    'info Pressure: memory leaks no more',
    'warn Pressure: cannot read cpuRatio: no such file',
    'error Pressure: cannot tell how much requests matter: oops',
  ])
})
