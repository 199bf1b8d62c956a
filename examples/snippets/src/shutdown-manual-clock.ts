import assert from 'node:assert/strict'

// #region
import { createManualClock } from '@breakwater/core/testing'
import { createShutdown } from '@breakwater/shutdown'

const clock = createManualClock()
// Neither signals nor uncaught errors nor the process are touched.
const shutdown = createShutdown({
  signals: [],
  handleCrashes: false,
  exit: false,
  drainDelayMs: 5_000,
  deadlineMs: 10_000,
  clock,
})
const order: string[] = []
shutdown.subscribe((event) => {
  if (event.type === 'hook:failed') order.push(`${event.hook} failed`)
})
shutdown
  .add('cache', () => order.push('cache'), { dependsOn: ['redis'] })
  .add('redis', () => order.push('redis'))
  .add('hangs', () => new Promise(() => {}), { limitMs: 1_000 })

const stopping = shutdown.begin()
assert.equal(shutdown.started, true)
await clock.advanceAsync(5_000) // the delay
assert.equal(shutdown.signal.aborted, true)
await clock.advanceAsync(1_000) // the limit of the one that hangs
const { outcome, exitCode, hooks } = await stopping
assert.deepEqual(order, ['cache', 'redis', 'hangs failed'])
assert.deepEqual(
  hooks.map((hook) => hook.outcome),
  ['done', 'done', 'late'],
)
assert.deepEqual([outcome, exitCode], ['forced', 70])
// #endregion

process.exitCode = 0
