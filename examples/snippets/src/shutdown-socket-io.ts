import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

delete process.env.KUBERNETES_SERVICE_HOST

// #region
import { createServer } from 'node:http'
import { createMetrics } from '@breakwater/metrics'
import { createShutdown } from '@breakwater/shutdown'
import { Server as SocketIo } from 'socket.io'
import { type ServerOptions, WebSocketServer } from 'ws'

const shutdown = createShutdown()
const metrics = createMetrics()
const server = createServer()

// socket.io makes its WebSocket server by itself, and another one when it begins to listen.
class WatchedWebSockets extends WebSocketServer {
  constructor(options: ServerOptions) {
    super(options)
    metrics.watchWebSockets(this)
  }
}
const io = new SocketIo(server, { wsEngine: WatchedWebSockets })

// Not all of its clients have a WebSocket: some poll.
const clients = new Set<{ close(): void }>()
io.engine.on('connection', (socket) => {
  const client = { close: () => socket.close(true) } // without a word: who is told `disconnect` does not come back
  clients.add(client)
  socket.once('close', () => clients.delete(client))
})
shutdown.serve(server).serve({ clients })
// #endregion

const { io: connect } = await import('socket.io-client')
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
for (const transports of [['websocket'], ['polling']]) {
  const client = connect(url, { transports, reconnection: false, forceNew: true })
  await new Promise<void>((resolve, reject) => void client.once('connect', resolve).once('connect_error', reject))
}
assert.equal(clients.size, 2)
assert.match(await metrics.text(), /^websocket_connections_active 1$/m)
process.once('exit', (code) => assert.deepEqual([code, clients.size], [0, 0]))
process.kill(process.pid, 'SIGTERM')
