import assert from 'node:assert/strict'

// #region
import { createMetrics } from '@breakwater/metrics'
import { Counter, register } from 'prom-client'

register.setDefaultLabels({ service: 'tasks' })
const orders = new Counter({ name: 'orders_total', help: 'Orders.' })
const metrics = createMetrics({ registry: register })

orders.inc()
const theirs = await register.metrics() // has ours
const ours = await metrics.text() // has theirs
// #endregion

for (const text of [theirs, ours]) {
  assert.ok(text.includes('orders_total{service="tasks"} 1'), text)
  assert.ok(text.includes('http_requests_in_flight{service="tasks"} 0'), text)
}
await metrics.close()
assert.deepEqual(
  register.getMetricsAsArray().map(({ name }) => name),
  ['orders_total'],
)
