import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const stock = createServer((_request, response) =>
  response.end('{"status":"healthy","components":{"database":"healthy"}}'),
)
stock.listen(0, '127.0.0.1')
await once(stock, 'listening')
const STOCK_URL = `http://127.0.0.1:${(stock.address() as AddressInfo).port}`
const database = { query: async (_text: string): Promise<unknown> => [] }
const orders = { countOpen: async (): Promise<number> => 7 }

// #region
import { createHealth } from '@breakwater/health'
import { pingCheck, remoteCheck } from '@breakwater/health/checks'

const health = createHealth()
health
  .add('database', pingCheck(database))
  .add('stock', remoteCheck(`${STOCK_URL}/health`), { critical: false, limitMs: 300 })
  .add(
    'orders',
    async () => {
      const open = await orders.countOpen()
      return { status: open < 1_000 ? 'healthy' : 'degraded', cause: `${open} orders wait`, data: { open } }
    },
    { dependsOn: ['database', 'stock'] }, // not run, and unhealthy, while one of them is
  )
const tree = { '/health/dependencies': health.dependencies }
// #endregion

const { status, checks } = await health.check()
assert.equal(status, 'healthy')
assert.deepEqual(checks[2]?.data, { open: 7 })
const { body } = await tree['/health/dependencies']({} as never)
assert.equal(JSON.parse(String(body)).dependencies[0].name, 'orders')
await health.close()
stock.close()
stock.closeAllConnections()
