import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { systemClock } from '@breakwater/core'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { WebSocketDrain } from '../src/lib/drain/web-socket-drain.ts'

async function open(): Promise<{ readonly server: WebSocketServer; connect(): Promise<WebSocket> }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    server,
    async connect() {
      const client = new WebSocket(`ws://127.0.0.1:${port}`)
      onTestFinished(() => client.terminate())
      await once(client, 'open')
      return client
    },
  }
}

test.for([
  [false, 1001, 'The server is stopping'],
  [true, 1012, 'The server is restarting'],
] as const)('begin() says goodbye to each, restart: %j', async ([isRestart, code, text]) => {
  const { server, connect } = await open()
  const clients = [await connect(), await connect()]
  const drain = new WebSocketDrain('ws', server, systemClock)
  const closes = clients.map((client) => once(client, 'close'))
  await drain.begin({ kind: 'request', isRestart }, Promise.resolve())
  expect((await Promise.all(closes)).map(([code, reason]) => [code, String(reason)])).toEqual([
    [code, text],
    [code, text],
  ])
})

test('begin() also tells those that come while other servers have connections', async () => {
  const { server, connect } = await open()
  const drain = new WebSocketDrain('ws', server, systemClock)
  let onOthersDone = (): void => {}
  const others = new Promise<void>((resolve) => {
    onOthersDone = resolve
  })
  const done = drain.begin({ kind: 'request' }, others)
  const late = await connect()
  expect((await once(late, 'close'))[0]).toBe(1001)
  onOthersDone()
  await done
})

test('cut() cuts who does not answer', async () => {
  const { server, connect } = await open()
  const client = await connect()
  client.pause()
  const drain = new WebSocketDrain('ws', server, systemClock)
  const done = drain.begin({ kind: 'request' }, Promise.resolve())
  expect(drain.cut()).toEqual({ requests: 0, connections: 1 })
  await done
})

test('begin() goes on after a client that cannot be closed', async () => {
  const clients = new Set([
    {
      close() {
        clients.clear()
        throw new Error('already closing')
      },
    },
  ])
  await new WebSocketDrain('ws', { clients }, systemClock).begin({ kind: 'request' }, Promise.resolve())
})
