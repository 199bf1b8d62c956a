import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

delete process.env.KUBERNETES_SERVICE_HOST

// #region
import { createServer } from 'node:http'
import { createShutdown } from '@breakwater/shutdown'
import { WebSocketServer } from 'ws'

const shutdown = createShutdown({ restartSignals: ['SIGUSR2'] })
const server = createServer()
const sockets = new WebSocketServer({ server })

// Both: one takes nothing new any more, the other says goodbye.
shutdown.serve(server).serve(sockets)
// #endregion

server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { WebSocket } = await import('ws')
const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
await once(client, 'open')
let code: number | undefined
client.once('close', (closeCode) => {
  code = closeCode
})
process.once('exit', () => assert.equal(code, 1012))
process.kill(process.pid, 'SIGUSR2')
