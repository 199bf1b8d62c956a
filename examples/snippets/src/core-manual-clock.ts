import assert from 'node:assert/strict'
// #region
import { createManualClock } from '@breakwater/core/testing'

const clock = createManualClock()
let isDone = false
clock.after(60_000, () => {
  isDone = true
})

clock.advance(59_999)
assert.equal(isDone, false)
clock.advance(1)
assert.equal(isDone, true)
assert.equal(clock.pending, 0)
// #endregion
