import assert from 'node:assert/strict'
// #region
import type { HttpHook } from '@breakwater/core'
import { toPlugin } from '@breakwater/fastify'
import { fastify } from 'fastify'

const byRoute = new Map<string, number>()
const counter: HttpHook = {
  onEnd({ method, route = 'unmatched', status }) {
    const key = `${method} ${route} ${status}`
    byRoute.set(key, (byRoute.get(key) ?? 0) + 1)
  },
}

const app = fastify()
await app.register(
  toPlugin({
    hooks: [counter],
    endpoints: { '/counts': () => ({ status: 200, body: JSON.stringify([...byRoute]) }) },
  }),
)
app.get('/tasks/:id', () => 'a task')
// #endregion

await app.inject('/tasks/7')
await app.inject('/nowhere')
const counts = await app.inject('/counts')
assert.deepEqual(counts.json(), [
  ['GET /tasks/:id 200', 1],
  ['GET unmatched 404', 1],
])
await app.close()
