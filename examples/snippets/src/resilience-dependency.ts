import assert from 'node:assert/strict'
// #region
import { createManualClock } from '@breakwater/core/testing'
import { createBulkhead, createTimeout, isTimeoutError, pipeline } from '@breakwater/resilience'
import { createDependency } from '@breakwater/resilience/testing'

const clock = createManualClock()
const bulkhead = createBulkhead({ name: 'reports', maxConcurrent: 1, maxQueued: 1, clock })
const reports = pipeline(bulkhead, createTimeout({ name: 'reports', limitMs: 1_000, clock }))

// A stand-in, whose calls end when and how the test wants it.
const database = createDependency()
const hangs = assert.rejects(reports.execute(database.call), isTimeoutError)
const waits = reports.execute(database.call)
assert.equal(bulkhead.queued, 1)

await clock.advanceAsync(1_000)
await hangs
assert.equal(database.calls[0]?.state, 'aborted') // it was told
database.succeed('a report')
assert.equal(await waits, 'a report')
assert.equal(database.mostUnderWay, 1)
// #endregion
