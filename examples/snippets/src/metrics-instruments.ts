import assert from 'node:assert/strict'

const job = { queue: 'mail', run: async (): Promise<void> => {} }
const waiting = 3

// #region
import { createMetrics } from '@breakwater/metrics'

const metrics = createMetrics({ labels: { service: 'tasks' } })
const jobs = metrics.counter({ name: 'jobs_total', help: 'Jobs that were done.', labels: ['queue', 'outcome'] })
const waits = metrics.gauge({ name: 'jobs_waiting', help: 'Jobs that wait.' })
const durations = metrics.histogram({ name: 'job_duration_seconds', help: 'How long jobs took.', bounds: [0.1, 1, 10] })

waits.set(waiting)
const startedMs = performance.now()
await job.run()
durations.record((performance.now() - startedMs) / 1_000)
jobs.with({ queue: job.queue, outcome: 'done' }).add()
// #endregion

const text = await metrics.text()
assert.ok(text.includes('jobs_total{queue="mail",outcome="done",service="tasks"} 1'), text)
assert.ok(text.includes('jobs_waiting{service="tasks"} 3'), text)
assert.ok(text.includes('job_duration_seconds_count{service="tasks"} 1'), text)
await metrics.close()
