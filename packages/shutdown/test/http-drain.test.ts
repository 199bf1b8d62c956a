import { once } from 'node:events'
import { stat } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { connect as connectSecure } from 'node:tls'
import { promisify } from 'node:util'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { createCertificate } from '@breakwater/testing/transport'
import { expect, onTestFinished, test, vi } from 'vitest'
import { HttpDrain } from '../src/lib/drain/http-drain.ts'
import { get, openRaw } from './raw-client.ts'

const LINGER_MS = 500

interface Stage {
  readonly server: Server
  readonly port: number
  readonly drain: HttpDrain
  readonly clock: ManualClock
  stop(): Promise<void>
  begin(): Promise<void>
  /** Requests to `/held` that wait. */
  readonly held: ServerResponse[]
}

/** A server that answers `/` at once and `/held` when it is told to. */
async function open(listener?: RequestListener, server: Server = createServer()): Promise<Stage> {
  const held: ServerResponse[] = []
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (listener !== undefined) return listener(request, response)
    if (request.url?.startsWith('/held')) held.push(response)
    else response.end(`done ${request.url}`)
  }
  server.on('request', answer)
  const clock = createManualClock()
  const drain = new HttpDrain('web', server, { clock, lingerMs: LINGER_MS })
  onTestFinished(() => server.closeAllConnections())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { server, port, drain, clock, held, stop: () => drain.stopListening(), begin: () => drain.begin() }
}

/** Lets what is on its way arrive. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate)
}

test('begin() answers what is under way, and says that it is the last of its connection', async () => {
  const { port, stop, begin, held, drain } = await open()
  const client = await openRaw(port)
  client.send(get('/held'))
  await until(() => held.length === 1)
  await stop()
  const done = begin()
  await settle()
  expect(client.text).toBe('')
  held[0]?.end('at last')
  await client.over()
  expect(client.text).toMatch(/Connection: close\r\n[\s\S]*at last$/i)
  await done
  expect([drain.answered, drain.cut()]).toEqual([1, { requests: 0, connections: 0 }])
})

test('begin() lets an idle connection make one more request', async () => {
  const { port, stop, begin, clock } = await open()
  const client = await openRaw(port)
  client.send(get('/first'))
  await client.got('done /first')
  expect(client.text).not.toMatch(/Connection: close/i)
  await stop()
  const done = begin()
  clock.advance(LINGER_MS - 1)
  await settle()
  expect(client.isOver).toBe(false)
  client.send(get('/second'))
  await client.over()
  expect(client.text).toMatch(/Connection: close\r\n[\s\S]*done \/second$/i)
  await done
})

test('begin() answers what came in the midst of a long turn of the event loop, after a connection has lingered', async () => {
  const { port, stop, begin, clock } = await open()
  const used = await openRaw(port)
  used.send(get('/first'))
  await used.got('done /first')
  const fresh = await openRaw(port)
  await settle()
  await stop()
  const done = begin()
  // By then the event loop has looked which sockets there is something to read from.
  stat('.', () => {
    clock.advance(LINGER_MS)
    used.send(get('/second'))
    fresh.send(get('/third'))
    const untilMs = performance.now() + 5
    while (performance.now() < untilMs);
  })
  await Promise.all([used.over(), fresh.over()])
  expect(used.text).toMatch(/Connection: close\r\n[\s\S]*done \/second$/i)
  expect(fresh.text).toMatch(/Connection: close\r\n[\s\S]*done \/third$/i)
  await done
})

test('begin() ends an idle connection after it has lingered, a fresh one at once', async () => {
  const { port, stop, begin, clock, server } = await open()
  const used = await openRaw(port)
  used.send(get('/'))
  await used.got('done /')
  const fresh = await openRaw(port)
  await settle()
  await stop()
  const done = begin()
  clock.advance(LINGER_MS)
  await Promise.all([used.over(), fresh.over()])
  expect(fresh.text).toBe('')
  // One that was used may still read: its client ends it.
  const count = promisify(server.getConnections.bind(server))
  await vi.waitFor(async () => expect(await count()).toBe(1))
  used.socket.end()
  await done
})

test('begin() cuts who does not hang up, when it has lingered once more', async () => {
  const { port, stop, begin, clock } = await open()
  const client = await openRaw(port)
  client.send(get('/'))
  await client.got('done /')
  await settle()
  await stop()
  const done = begin()
  clock.advance(LINGER_MS)
  await client.over()
  clock.advance(LINGER_MS)
  await done
})

test('begin() waits for the rest of a request that has begun to come, but not for ever', async () => {
  const { port, stop, begin, clock } = await open()
  const slow = await openRaw(port)
  const dribbling = await openRaw(port)
  await settle()
  await stop()
  const done = begin()
  slow.send('GET / HTTP/1.1\r\n')
  for (let extension = 0; extension <= 2; extension++) {
    await settle()
    dribbling.send(extension === 0 ? 'GET / HTTP/1.1\r\n' : `X-${extension}: a\r\n`)
    await settle()
    expect([slow.isOver, dribbling.isOver]).toEqual([extension > 1, false])
    clock.advance(LINGER_MS - 1)
    if (extension === 0) clock.advance(1)
    if (extension === 1) {
      slow.send('Host: a\r\n\r\n')
      await slow.over()
      expect(slow.text).toContain('done /')
      clock.advance(1)
    }
  }
  clock.advance(1)
  await dribbling.over()
  dribbling.socket.end()
  await done
})

test('begin() does not cut a response that has begun, and lets its connection linger', async () => {
  const { port, stop, begin, held, clock } = await open()
  const client = await openRaw(port)
  client.send(get('/held'))
  await until(() => held.length === 1)
  held[0]?.write('one ')
  await client.got('one')
  await stop()
  const done = begin()
  clock.advance(10 * LINGER_MS)
  await settle()
  held[0]?.end('two')
  await client.got('two')
  client.send(get('/next'))
  await client.over()
  expect(client.text).toMatch(/Connection: close\r\n[\s\S]*done \/next$/i)
  await done
})

test('begin() does not cut a response that was ended but is still being sent', async () => {
  const body = 'x'.repeat(16 * 1_024 * 1_024)
  const { port, stop, begin, clock } = await open((_, response) => response.end(body))
  const socket: Socket = connect({ port, host: '127.0.0.1' })
  onTestFinished(() => void socket.destroy())
  socket.pause()
  socket.write(get('/'))
  await settle()
  await new Promise((resolve) => setTimeout(resolve, 50)) // the kernel's buffers fill up
  await stop()
  const done = begin()
  clock.advance(10 * LINGER_MS)
  await settle()
  let bytes = 0
  socket.on('data', (data) => {
    bytes += data.length
  })
  socket.resume()
  await until(() => bytes > body.length || socket.readableEnded)
  expect(bytes).toBeGreaterThan(body.length)
  await settle()
  clock.advance(LINGER_MS)
  await done
})

test('begin() says it with the last one of pipelined requests that has come, once more had time to come', async () => {
  const { port, stop, begin, held, clock } = await open()
  const client = await openRaw(port)
  client.send(get('/held/1') + get('/held/2') + get('/held/3'))
  await until(() => held.length === 3)
  await stop()
  const done = begin()
  held[0]?.end('first')
  clock.advance(LINGER_MS)
  held[2]?.end('third')
  held[1]?.end('second')
  await client.over()
  expect(client.text.match(/Connection: close/gi)).toHaveLength(1)
  expect(client.text).toMatch(/first[\s\S]*second[\s\S]*Connection: close[\s\S]*third$/i)
  await done
})

test('begin() does not say it to who pipelines while more may be on its way', async () => {
  const { port, stop, begin, held, clock } = await open()
  const client = await openRaw(port)
  client.send(get('/held/1') + get('/held/2'))
  await until(() => held.length === 2)
  await stop()
  const done = begin()
  for (const response of held.splice(0)) response.end('early')
  await settle()
  expect(client.text).not.toMatch(/Connection: close/i)
  client.send(get('/held/3'))
  await until(() => held.length === 1)
  clock.advance(LINGER_MS)
  held[0]?.end('late')
  await client.over()
  expect(client.text).toMatch(/Connection: close\r\n[\s\S]*late$/i)
  await done
})

test('stopListening() lets in connections that were made before, and refuses later ones', async () => {
  const { port, stop, begin, server, clock } = await open()
  const clients = Array.from({ length: 50 }, () => connect({ port, host: '127.0.0.1' }))
  for (const client of clients) {
    onTestFinished(() => void client.destroy())
    client.write(get('/'))
  }
  const answers = clients.map(async (client) => {
    let text = ''
    for await (const data of client) text += data
    return text
  })
  await once(clients.at(-1) as Socket, 'connect')
  await stop()
  const done = begin()
  await settle()
  clock.advance(LINGER_MS)
  for (const text of await Promise.all(answers)) expect(text).toMatch(/done \/$/)
  await done
  expect(server.listening).toBe(false)
  await expect(openRaw(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

test('begin() before the server listens keeps it from listening', async () => {
  const server = createServer()
  const clock = createManualClock()
  const drain = new HttpDrain('web', server, { clock, lingerMs: LINGER_MS })
  await drain.stopListening()
  await drain.begin()
  server.listen(0, '127.0.0.1')
  await once(server, 'close')
  expect(server.listening).toBe(false)
})

test('cut() cuts what is left, and counts it', async () => {
  const { port, stop, begin, held, drain } = await open()
  const busy = await openRaw(port)
  busy.send(get('/held') + get('/held'))
  const idle = await openRaw(port)
  await until(() => held.length === 2)
  await settle()
  await stop()
  const done = begin()
  expect(drain.cut()).toEqual({ requests: 2, connections: 2 })
  await Promise.all([busy.over(), idle.over(), done])
  expect(drain.answered).toBe(0)
})

test('a connection that was upgraded is not taken for an idle one', async () => {
  const { port, stop, begin, server, clock } = await open()
  server.on('upgrade', (_request, socket) => {
    socket.on('error', () => {}).resume()
    socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n')
  })
  const client = await openRaw(port)
  client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n')
  await client.got('101')
  await stop()
  const done = begin()
  clock.advance(10 * LINGER_MS)
  await settle()
  expect(client.isOver).toBe(false)
  client.socket.resetAndDestroy()
  await done
})

test('begin() ends a connection that becomes secure later and makes no request', async () => {
  const server = createSecureServer(createCertificate())
  const { stop, begin, port, clock } = await open(undefined, server)
  const socket = connect({ port, host: '127.0.0.1' })
  onTestFinished(() => void socket.destroy())
  await Promise.all([once(socket, 'connect'), once(server, 'connection')])
  await stop()
  const done = begin()
  const secure = connectSecure({ socket, rejectUnauthorized: false })
  onTestFinished(() => void secure.destroy())
  await Promise.all([once(secure, 'secureConnect'), once(server, 'secureConnection')])
  clock.advance(LINGER_MS)
  await Promise.all([done, once(secure.resume(), 'end')])
})
