import assert from 'node:assert/strict'

const PORT = 0
const load = async (id: string): Promise<{ id: string }> => ({ id })

// #region
import { createCache } from '@breakwater/cache'
import { toPlugin } from '@breakwater/fastify'
import { createMetrics } from '@breakwater/metrics'
import { fastify } from 'fastify'

const metrics = createMetrics()
const cache = createCache({ name: 'tasks' })
metrics.watch(cache) // its numbers are read when Prometheus asks

const app = fastify()
const endpoints = { '/metrics': metrics.endpoint }
await app.register(toPlugin({ hooks: [metrics.hook], serverHooks: [metrics.serverHook], endpoints }))
app.get<{ Params: { id: string } }>('/tasks/:id', ({ params: { id } }) => cache.getOrSet(id, () => load(id)))
await app.listen({ port: PORT })
// #endregion

const origin = app.listeningOrigin
await (await fetch(`${origin}/tasks/7`)).text()
const text = await (await fetch(`${origin}/metrics`)).text()
const labels = 'method="GET",route="/tasks/:id",status_code="200"'
assert.ok(text.includes(`http_request_duration_seconds_count{${labels}} 1`), text)
assert.ok(text.includes('cache="tasks"') && text.includes('process_cpu_seconds_total'), text)
await app.close()
await cache.close()
await metrics.close()
