import assert from 'node:assert/strict'

// #region
import type { Measured } from '@breakwater/core'
import { createMetrics } from '@breakwater/metrics'

const sessions = new Map<string, unknown>()
const measured: Measured = {
  kind: 'sessions', // the label's name
  name: 'web', // and its value
  measure: () => [{ name: 'sessions_active', help: 'Open sessions.', kind: 'gauge', value: sessions.size }],
}

const metrics = createMetrics()
const stop = metrics.watch(measured)
sessions.set('a', {})
// #endregion

assert.ok((await metrics.text()).includes('sessions_active{sessions="web"} 1'))
stop()
assert.ok(!(await metrics.text()).includes('sessions_active'))
await metrics.close()
