import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { attach } from '@breakwater/core'
import { expect, onTestFinished, test } from 'vitest'
import { createMonitor, type Monitor } from '../src/index.ts'

/** A server that a monitor is attached to, and what connects to it. */
async function serve(): Promise<{ monitor: Monitor; open: (request: string) => Promise<Socket> }> {
  const monitor = createMonitor()
  const server = createServer((_, response) => response.end('x'.repeat(1_000)))
  server.on('upgrade', (_, socket) => {
    socket.on('end', () => socket.end())
    socket.resume().write('HTTP/1.1 101 Switching Protocols\r\n\r\n')
  })
  attach(server, [monitor.serverHook])
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    await monitor.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    monitor,
    async open(request) {
      const socket = connect(port, '127.0.0.1')
      onTestFinished(() => void socket.destroy())
      socket.write(request)
      await once(socket, 'data')
      return socket
    },
  }
}

const GET = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'
const UPGRADE = 'GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n'

test('snapshot() counts the connections of a real server', async () => {
  const { monitor, open } = await serve()
  const plain = await open(GET)
  const upgraded = await open(UPGRADE)
  expect(monitor.snapshot().connections).toMatchObject({
    active: 2,
    upgraded: 1,
    total: 2,
    readBytes: GET.length + UPGRADE.length,
  })
  expect(monitor.snapshot().connections.writtenBytes).toBeGreaterThan(1_000)
  plain.destroy()
  upgraded.destroy()
  await expect.poll(() => monitor.snapshot().connections.active).toBe(0)
  expect(monitor.snapshot().connections).toMatchObject({
    upgraded: 0,
    total: 2,
    readBytes: GET.length + UPGRADE.length,
  })
})
