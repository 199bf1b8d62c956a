import assert from 'node:assert/strict'

// #region
import { createManualClock } from '@breakwater/core/testing'
import { createMonitor } from '@breakwater/monitor'

const clock = createManualClock()
const monitor = createMonitor({ clock, sampleEveryMs: 1_000, raiseAfter: 2, clearAfter: 5 })
let waiting = 0
monitor.add('tasks', () => waiting, { warning: 100, critical: 1_000 })

waiting = 5_000
clock.advance(1_000)
assert.equal(monitor.snapshot().signals.tasks?.level, 'ok') // one sample may be chance
clock.advance(1_000)
assert.equal(monitor.underPressure, true)

waiting = 0
clock.advance(5_000)
assert.equal(monitor.snapshot().signals.tasks?.level, 'ok')
// #endregion

await monitor.close()
