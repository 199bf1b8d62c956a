import assert from 'node:assert/strict'

const pool = { query: async (_: string): Promise<unknown[]> => [] }

// #region
import type { HttpEndpoint } from '@breakwater/core'
import { createMetrics } from '@breakwater/metrics'

const metrics = createMetrics({ bottlenecks: { windowMs: 60_000 } })

async function query(sql: string): Promise<unknown[]> {
  const startedMs = performance.now()
  let failed = true
  try {
    const rows = await pool.query(sql)
    failed = false
    return rows
  } finally {
    metrics.observe('query', sql, performance.now() - startedMs, failed) // values are taken out
  }
}

const slow: HttpEndpoint = () => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(metrics.bottlenecks({ by: 'time', limit: 5 })),
})
// #endregion

await query("SELECT * FROM tasks WHERE id = 'a'")
await query("SELECT * FROM tasks WHERE id = 'b'")
const { body } = await slow({} as Parameters<HttpEndpoint>[0])
const [found] = JSON.parse(body as string).kinds
assert.equal(found.kind, 'query')
assert.deepEqual([found.names, found.top[0].calls], [1, 2])
await metrics.close()
