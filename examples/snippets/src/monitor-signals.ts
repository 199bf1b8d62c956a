import assert from 'node:assert/strict'

const queue = { waiting: 120 }
const pool = { totalCount: 10, idleCount: 0 }

// #region
import { createMonitor } from '@breakwater/monitor'

const monitor = createMonitor({
  thresholds: {
    memoryRatio: { warning: 0.6, critical: 0.8 },
    eventLoopDelayMs: false, // has no level
  },
})
monitor
  .add('tasks', () => queue.waiting, { warning: 100, critical: 1_000 })
  .add('pool', () => 1 - pool.idleCount / pool.totalCount, { warning: 0.8, critical: 0.99 })

monitor.setThresholds('tasks', { warning: 200, critical: 2_000 }) // at any time, such as when an administrator says so
// #endregion

assert.deepEqual(Object.keys(monitor.snapshot().signals), [
  'memoryRatio',
  'cpuRatio',
  'eventLoopUtilizationRatio',
  'responseTimeMs',
  'tasks',
  'pool',
])
assert.equal(monitor.snapshot().signals.tasks?.critical, 2_000)
await monitor.close()
