import assert from 'node:assert/strict'
import { createCache } from '@breakwater/cache'
import { createManualClock } from '@breakwater/core/testing'

const clock = createManualClock()
const cache = createCache({ name: 'tasks', ttlMs: 60_000, clock })
await cache.set('tasks:open', ['Check the moorings'], { tags: ['lists'] })
clock.advance(1_000)
await cache.invalidateTags(['lists'])
// #region
assert.deepEqual(await cache.inspect('tasks:open'), {
  key: 'tasks:open',
  next: 'miss',
  why: 'The value of the first layer was invalidated by the tag "lists"',
  memory: { ageMs: 1_000, freshForMs: 59_000, usableForMs: 59_000, tags: ['lists'], invalidatedBy: 'the tag "lists"' },
  shared: undefined,
  loadingForMs: undefined,
  isPending: false,
  logLagMs: undefined,
})
// #endregion
await cache.close()
