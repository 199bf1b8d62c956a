import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

const redis = { ping: async (): Promise<string> => 'PONG' }
const database = { query: async (_text: string): Promise<unknown> => ({ rows: [{ '?column?': 1 }] }) }
const shutdown = { started: false }
const isOperator = (authorization = ''): boolean => authorization === 'Bearer secret'
const handle = (): void => {}
const PORT = 0

// #region
import { createServer } from 'node:http'
import { toListener } from '@breakwater/express'
import { createHealth } from '@breakwater/health'
import { diskCheck, pingCheck } from '@breakwater/health/checks'

const health = createHealth({
  version: '1.4.2',
  showsDetails: (exchange) => isOperator(exchange.header('authorization')),
})
health
  .add('database', pingCheck(database)) // critical: without it, nothing works
  .add('redis', () => redis.ping(), { critical: false }) // without it, it is slower
  .add('disk', diskCheck({ path: '/', minFreeRatio: 0, warnFreeRatio: 0.05 }), { critical: false, cacheMs: 60_000 })
  .add('shutdown', () => !shutdown.started, { cacheMs: 0, failureThreshold: 1 }) // seen by the next probe

const endpoints = {
  '/livez': health.liveness,
  '/readyz': health.readiness,
  '/startupz': health.startup,
  '/health': health.summary,
  '/health/detailed': health.detailed,
  '/health/dependencies': health.dependencies,
}
const server = createServer(toListener({ endpoints }, handle)).listen(PORT)
// #endregion

await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
for (const path of Object.keys(endpoints)) {
  const answer = await fetch(url + path)
  assert.equal(answer.status, 200, path)
  await answer.text()
}
const summary = JSON.parse(await (await fetch(`${url}/health`)).text())
assert.deepEqual([summary.version, summary.database], ['1.4.2', 'healthy'])
const headers = { authorization: 'Bearer secret' }
const detailed = JSON.parse(await (await fetch(`${url}/health/detailed`, { headers })).text())
assert.equal(detailed.checks.redis.critical, false)
shutdown.started = true
await health.close()
server.close()
server.closeAllConnections()
