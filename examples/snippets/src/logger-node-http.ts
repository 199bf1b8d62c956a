import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'

const PORT = 0
const lines: Record<string, unknown>[] = []
const destination = { write: (line: string): void => void lines.push(JSON.parse(line)) }
const handle = (request: { url?: string | undefined }, response: ServerResponse): void =>
  void response.writeHead(request.url === '/login' ? 401 : 200).end('hello')

// #region
import { createServer } from 'node:http'
import { attach } from '@breakwater/core'
import { toListener } from '@breakwater/express'
import { createLogger } from '@breakwater/logger'

const logger = createLogger({
  service: 'tasks',
  destination,
  requests: {
    slowMs: 200,
    ignore: ({ path }) => path === '/livez', // but for those that fail or are slow
    client: (exchange) => exchange.header('x-real-ip'), // which our proxy sets
    burst: { count: 10, windowMs: 60_000 },
  },
})
// Before what refuses requests. With Express: app.use(toMiddleware([logger.hook]))
const server = createServer(toListener({ hooks: [logger.hook] }, handle)).listen(PORT)
attach(server, [logger.serverHook]) // tells of what is no HTTP
// #endregion

await once(server, 'listening')
const { port } = server.address() as AddressInfo
const get = async (path: string): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { 'x-real-ip': '203.0.113.9' } })).text()
await get('/livez')
await get('/tasks?token=t')
for (let n = 0; n < 12; n++) await get('/login')
const socket = connect(port, '127.0.0.1').resume()
socket.end('nonsense\r\n\r\n')
await once(socket, 'close')
server.close()
server.closeAllConnections()
await once(server, 'close')
await logger.close()

assert.deepEqual(
  lines.filter(({ path }) => path === '/tasks').map(({ level, event, outcome }) => [level, event, outcome]),
  [['info', 'request', 'finished']],
)
assert.equal(lines.filter(({ path, event }) => path === '/login' && event === 'request').length, 12)
assert.deepEqual(
  lines
    .filter(({ event }) => String(event).startsWith('security:'))
    .map(({ event, client }) => [event, String(client).replace('::ffff:', '')]),
  [
    ['security:auth-burst', '203.0.113.9'],
    ['security:protocol-error', '127.0.0.1'],
  ],
)
