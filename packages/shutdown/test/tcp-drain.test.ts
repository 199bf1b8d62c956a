import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { TcpDrain } from '../src/lib/drain/tcp-drain.ts'
import { openRaw } from './raw-client.ts'

async function open(): Promise<{ readonly drain: TcpDrain; readonly port: number; readonly sockets: Socket[] }> {
  const sockets: Socket[] = []
  const server = createServer((socket) => sockets.push(socket.on('error', () => {})))
  onTestFinished(() => void server.close())
  const drain = new TcpDrain('echo', server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { drain, port: (server.address() as AddressInfo).port, sockets }
}

test('begin() waits until connections have ended themselves, and new ones are refused', async () => {
  const { drain, port, sockets } = await open()
  const client = await openRaw(port)
  while (sockets.length === 0) await new Promise(setImmediate)
  await drain.stopListening()
  const done = drain.begin()
  await expect(openRaw(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  sockets[0]?.end('bye')
  await client.over()
  client.socket.end()
  await done
  expect([client.text, drain.answered]).toEqual(['bye', 0])
})

test('cut() cuts what is left, and counts it', async () => {
  const { drain, port, sockets } = await open()
  const client = await openRaw(port)
  while (sockets.length === 0) await new Promise(setImmediate)
  await drain.stopListening()
  const done = drain.begin()
  expect(drain.cut()).toEqual({ requests: 0, connections: 1 })
  await Promise.all([client.over(), done])
})
