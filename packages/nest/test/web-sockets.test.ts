import { IoAdapter } from '@nestjs/platform-socket.io'
import type { Server as SocketIo } from 'socket.io'
import { io as connectSocketIo, type Socket } from 'socket.io-client'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ServerOptions, WebSocketServer } from 'ws'
import { PLATFORMS } from './support/app.ts'
import { createCounted } from './support/counted.ts'
import { gatewayCases, startGateway } from './support/gateway-cases.ts'

/** Connects to socket.io, by the last of some transports in the end. */
async function openSocketIo(port: number, transports: string[]): Promise<Socket> {
  const client = connectSocketIo(`http://127.0.0.1:${port}`, { transports, reconnection: false, forceNew: true })
  onTestFinished(() => void client.close())
  await new Promise<void>((resolve, reject) => void client.once('connect', resolve).once('connect_error', reject))
  await expect.poll(() => client.io.engine.transport.name).toBe(transports.at(-1))
  client.emit('message', 'hello')
  expect(await new Promise((resolve) => void client.once('message', resolve))).toBe('hello')
  return client
}

describe.each(PLATFORMS)('on %s', (platform) => {
  for (const { name, run } of gatewayCases(platform)) test(name, run)

  test('gateways: connections of socket.io are counted and drained, whatever their transport', async () => {
    const counted = createCounted()
    // It makes its WebSocket server by itself.
    class Watched extends WebSocketServer {
      constructor(options: ServerOptions) {
        super(options)
        counted.metrics.watchWebSockets(this)
      }
    }
    const trial = await startGateway({
      platform,
      decorator: { wsEngine: Watched },
      counted,
      adapt: (app) => app.useWebSocketAdapter(new IoAdapter(app)),
      afterInit(io: SocketIo, serve) {
        const clients = new Set<{ close(): void }>()
        io.engine.on('connection', (socket) => {
          // Clients that lose their connection come back. Those that are told `disconnect` do not.
          const client = { close: () => socket.close(true) }
          clients.add(client)
          socket.once('close', () => clients.delete(client))
        })
        serve({ clients })
        return () => io.engine.clientsCount
      },
    })
    onTestFinished(() => trial.close())
    const clients = [
      await openSocketIo(trial.port, ['websocket']),
      await openSocketIo(trial.port, ['polling']),
      await openSocketIo(trial.port, ['polling', 'websocket']),
    ]
    expect(await counted.read()).toMatchObject({ 'unmatched 101': 2, connections_active: 2, connections_total: 2 })

    const closes = clients.map((client) => new Promise((resolve) => void client.once('disconnect', resolve)))
    expect(await trial.stop()).toEqual(['clean', 0, 0])
    expect(await Promise.all(closes)).toEqual(Array(3).fill('transport close'))
    await expect.poll(() => counted.read()).toMatchObject({ connections_active: 0, connections_total: 2 })
  })
})
