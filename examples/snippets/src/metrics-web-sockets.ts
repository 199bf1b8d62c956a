import assert from 'node:assert/strict'
import { once } from 'node:events'
// #region
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { attach } from '@breakwater/core'
import { toListener } from '@breakwater/express'
import { createMetrics } from '@breakwater/metrics'
import { WebSocketServer } from 'ws'

const metrics = createMetrics()
const endpoints = { '/metrics': metrics.endpoint }
const server = createServer(toListener({ hooks: [metrics.hook], endpoints }, (_, response) => response.end()))
attach(server, [metrics.serverHook]) // counts the handshakes
const live = new WebSocketServer({ server })
metrics.watchWebSockets(live) // counts connections, messages and bytes

// #endregion

import { WebSocket } from 'ws'

server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
live.on('connection', (socket) => socket.on('message', (data) => socket.send(data)))
const client = new WebSocket(`ws://127.0.0.1:${port}`)
await once(client, 'open')
client.send('hello')
await once(client, 'message')
const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
assert.ok(text.includes('websocket_connections_active 1'), text)
assert.ok(text.includes('websocket_message_bytes_total{direction="sent"} 5'), text)
assert.ok(text.includes('status_code="101"'), text)
client.terminate()
live.close()
server.close()
server.closeAllConnections()
await metrics.close()
