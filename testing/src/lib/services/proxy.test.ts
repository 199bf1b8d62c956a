import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { isOpen, outcome, runNode } from './fixtures/held.ts'
import { createProxy, type ProxyWay, type TcpProxy } from './proxy.ts'

vi.setConfig({ expect: { poll: { timeout: 15_000 } } })

const clients: Socket[] = []
/** What arrived at the server, and the connections there. */
let arrived: Buffer[]
let sockets: Socket[]
let server: Server
let target: number

beforeEach(async () => {
  arrived = []
  sockets = []
  server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', (data) => {
      arrived.push(data)
      socket.write(data)
    })
    socket.on('end', () => socket.end('bye'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  target = (server.address() as { port: number }).port
})

afterEach(() => {
  for (const socket of [...clients.splice(0), ...sockets]) socket.destroy()
  server.close()
})

async function client(proxy: TcpProxy): Promise<Socket> {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  clients.push(socket)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

async function echo(socket: Socket, message: string): Promise<string> {
  const answer = once(socket, 'data')
  socket.write(message)
  return String((await answer)[0])
}

/** Resolves however it closes: `once()` would reject after an error. */
function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

/** Long for a loopback connection. */
function aWhile(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 60))
}

function heard(socket: Socket): { text: string } {
  const all = { text: '' }
  socket.on('data', (data) => {
    all.text += data
  })
  return all
}

test('createProxy() hands on everything, whole and in order, however slow the reader is', async () => {
  await using proxy = await createProxy({ port: target })
  const socket = await client(proxy)
  const sent = Buffer.alloc(16 * 2 ** 20, 'a line of a certain length\n')
  socket.end(sent)
  await aWhile() // nobody reads: all buffers are full
  expect(await text(socket)).toBe(`${sent}bye`)
})

test('createProxy() lets the sender wait for a receiver that does not read', async () => {
  await using proxy = await createProxy({ port: target })
  const socket = await client(proxy)
  await echo(socket, 'a')
  sockets[0]?.pause()
  const part = Buffer.alloc(2 ** 16)
  let hasToWait = false
  for (let count = 0; count < 1_024 && !hasToWait; count++) {
    if (socket.write(part)) continue
    const drained = once(socket, 'drain').then(() => false)
    hasToWait = await Promise.race([
      drained,
      aWhile()
        .then(aWhile)
        .then(() => true),
    ])
  }
  expect(hasToWait).toBe(true)
})

test('createProxy() hands on the end of one way, and not of the other', async () => {
  await using proxy = await createProxy({ port: target })
  const socket = await client(proxy)
  socket.end()
  expect(await text(socket)).toBe('bye')
})

test('createProxy() keeps the rest of a URL', async () => {
  const url = (port: number): string => `redis://user:secret@127.0.0.1:${port}/3?a=b`
  await using proxy = await createProxy({ url: url(target) })
  expect(proxy.url).toBe(url(proxy.port))
  expect(await echo(await client(proxy), 'a')).toBe('a')
})

test('createProxy() refuses a URL without a port, and does not tell its password', async () => {
  const message = 'Expected `url` to have a port, got one of somewhere without'
  await expect(createProxy({ url: 'redis://:secret@somewhere' })).rejects.toThrow(new TypeError(message))
})

test('createProxy() resets a connection whose target refuses', async () => {
  await using proxy = await createProxy({ port: target })
  server.close()
  const socket = connect(proxy.port, '127.0.0.1')
  expect(await once(socket, 'error')).toEqual([expect.objectContaining({ code: 'ECONNRESET' })])
  await expect.poll(() => proxy.connections).toBe(0)
})

test('createProxy() hands on that an end broke off', async () => {
  await using proxy = await createProxy({ port: target })
  const [left, stays] = [await client(proxy), await client(proxy)]
  await Promise.all([echo(left, 'a'), echo(stays, 'b')])
  expect(proxy.connections).toBe(2)
  const closed = closing(sockets[0] as Socket)
  left.resetAndDestroy()
  await closed
  await expect.poll(() => proxy.connections).toBe(1)
  expect(await echo(stays, 'c')).toBe('c')
})

test('cut() breaks both ends and refuses new connections, heal() opens the same port', async () => {
  await using proxy = await createProxy({ port: target })
  const socket = await client(proxy)
  await echo(socket, 'a')
  const broken = Promise.all([socket, sockets[0] as Socket].map(closing))
  await proxy.cut()
  await broken
  expect([await isOpen(proxy.port), proxy.connections]).toEqual([false, 0])
  await proxy.heal()
  expect(await echo(await client(proxy), 'b')).toBe('b')
})

test('cut() and heal() do what was wanted last', async () => {
  await using proxy = await createProxy({ port: target })
  await Promise.all([proxy.cut(), proxy.heal(), proxy.cut()])
  expect(await isOpen(proxy.port)).toBe(false)
  await Promise.all([proxy.heal(), proxy.cut(), proxy.heal()])
  expect(await isOpen(proxy.port)).toBe(true)
})

test('heal() waits for its port', async () => {
  await using proxy = await createProxy({ port: target })
  await proxy.cut()
  const blocker = createServer().listen(proxy.port, '127.0.0.1')
  await once(blocker, 'listening')
  const healing = proxy.heal()
  await aWhile()
  blocker.close()
  await healing
  expect(await echo(await client(proxy), 'a')).toBe('a')
})

test('reset() breaks what is open, and accepts new connections', async () => {
  await using proxy = await createProxy({ port: target })
  const socket = await client(proxy)
  const closed = closing(socket)
  proxy.reset()
  await closed
  expect(await echo(await client(proxy), 'a')).toBe('a')
})

test('freeze() lets nothing pass and keeps connections open, thaw() delivers what has waited', async () => {
  await using proxy = await createProxy({ port: target })
  const socket = await client(proxy)
  await echo(socket, 'a')
  const answers = heard(socket)
  proxy.freeze()
  socket.write('b')
  sockets[0]?.write('c')
  await aWhile()
  expect([String(Buffer.concat(arrived)), answers.text, socket.readyState]).toEqual(['a', '', 'open'])
  proxy.thaw()
  await expect.poll(() => answers.text).toBe('cb')
})

test('freeze() accepts new connections and keeps them silent', async () => {
  await using proxy = await createProxy({ port: target })
  proxy.freeze()
  const socket = await client(proxy)
  const answer = echo(socket, 'a')
  await expect.poll(() => proxy.connections).toBe(1)
  await aWhile()
  expect([sockets.length, proxy.connections]).toEqual([0, 1])
  proxy.thaw()
  expect(await answer).toBe('a')
})

for (const how of ['end', 'resetAndDestroy'] as const) {
  test(`freeze() hides from an end that the other one is gone (${how})`, async () => {
    await using proxy = await createProxy({ port: target })
    const socket = await client(proxy)
    await echo(socket, 'a')
    let isEnded = false
    for (const event of ['end', 'close']) socket.once(event, () => (isEnded = true))
    proxy.freeze()
    sockets[0]?.[how]()
    await aWhile()
    expect(isEnded).toBe(false)
    proxy.thaw()
    await expect.poll(() => isEnded).toBe(true)
  })
}

const ways: readonly (readonly [ProxyWay, string, string])[] = [
  ['requests', 'a', 'ac'],
  ['answers', 'ab', 'a'],
]
for (const [way, there, back] of ways) {
  test(`freeze() shuts only the way of the ${way} if asked`, async () => {
    await using proxy = await createProxy({ port: target })
    const socket = await client(proxy)
    const answers = heard(socket)
    socket.write('a')
    await expect.poll(() => answers.text).toBe('a')
    proxy.freeze(way)
    socket.write('b')
    sockets[0]?.write('c')
    const passed = (): readonly string[] => [String(Buffer.concat(arrived)), answers.text]
    await expect.poll(passed).toEqual([there, back])
    await aWhile()
    expect(passed()).toEqual([there, back])
  })
}

test('cut() drops what waited while it was frozen', async () => {
  await using proxy = await createProxy({ port: target })
  const socket = await client(proxy)
  await echo(socket, 'a')
  proxy.freeze('answers')
  socket.write('b')
  await expect.poll(() => String(Buffer.concat(arrived))).toBe('ab')
  const answers = heard(socket)
  const closed = closing(socket)
  await proxy.cut()
  await closed
  expect(answers.text).toBe('')
})

test('delay() makes a round trip take twice as much longer, in order, and ends with 0', async () => {
  await using proxy = await createProxy({ port: target })
  const socket = await client(proxy)
  const answers = heard(socket)
  proxy.delay(40)
  const startedAtMs = performance.now()
  for (const letter of 'abc') socket.write(letter)
  await expect.poll(() => answers.text, { interval: 5 }).toBe('abc')
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(80)
  proxy.delay(0)
  expect(await echo(socket, 'd')).toBe('d')
  expect(() => proxy.delay(Number.NaN)).toThrow(RangeError)
})

test('freeze() holds what is on its way', async () => {
  await using proxy = await createProxy({ port: target })
  const socket = await client(proxy)
  proxy.delay(30)
  socket.write('a')
  await new Promise((resolve) => setTimeout(resolve, 10))
  proxy.freeze()
  await aWhile()
  expect(arrived).toEqual([])
  proxy.thaw()
  await expect.poll(() => arrived.length).toBe(1)
})

test('close() ends it for good, twice as well as once', async () => {
  const proxy = await createProxy({ port: target })
  const socket = await client(proxy)
  const closed = closing(socket)
  await Promise.all([proxy.close(), proxy.close()])
  await closed
  expect([await isOpen(proxy.port), proxy.connections]).toEqual([false, 0])
  const next = createServer().listen(proxy.port, '127.0.0.1')
  await once(next, 'listening') // the port is anybody's
  next.close()
  await expect(proxy.heal()).rejects.toThrow('Cannot heal a proxy that is closed')
})

test('createProxy() keeps no process alive', async () => {
  const script = `
    import { connect } from 'node:net'
    import { createProxy } from ${JSON.stringify(new URL('proxy.ts', import.meta.url).href)}
    const proxy = await createProxy({ port: ${target} })
    const socket = connect(proxy.port, '127.0.0.1')
    socket.once('data', () => { console.log('answered'); socket.unref() })
    socket.write('a')
  `
  const { code, stdout } = await outcome(runNode(['--input-type=module', '-e', script]))
  expect([code, stdout]).toEqual([0, 'answered\n'])
})
