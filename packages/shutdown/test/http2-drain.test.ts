import { once } from 'node:events'
import {
  type ClientHttp2Session,
  connect,
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerHttp2Stream,
} from 'node:http2'
import { type AddressInfo, connect as connectTcp } from 'node:net'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { createCertificate } from '@breakwater/testing/transport'
import { expect, onTestFinished, test } from 'vitest'
import { HttpDrain } from '../src/lib/drain/http-drain.ts'

const LINGER_MS = 500
const ANY_STREAM = 2 ** 31 - 1

interface Stage {
  readonly server: Http2Server | Http2SecureServer
  readonly port: number
  readonly drain: HttpDrain
  readonly clock: ManualClock
  /** Streams of `/held`. */
  readonly held: ServerHttp2Stream[]
  stop(): Promise<void>
  begin(): Promise<void>
  open(): Promise<ClientHttp2Session>
}

async function create(server: Http2Server | Http2SecureServer, scheme: 'http' | 'https'): Promise<Stage> {
  const held: ServerHttp2Stream[] = []
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {})
    if (headers[':path'] === '/held') return held.push(stream)
    stream.respond({ ':status': 200 })
    stream.end('done')
  })
  const clock = createManualClock()
  const drain = new HttpDrain('h2', server, { clock, lingerMs: LINGER_MS })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    server,
    port,
    drain,
    clock,
    held,
    stop: () => drain.stopListening(),
    begin: () => drain.begin(),
    async open() {
      const session = connect(`${scheme}://127.0.0.1:${port}`, { rejectUnauthorized: false })
      session.on('error', () => {})
      onTestFinished(() => session.destroy())
      await once(session, 'connect')
      return session
    },
  }
}

async function textOf(session: ClientHttp2Session, path: string): Promise<string> {
  let text = ''
  for await (const data of session.request({ ':path': path })) text += data
  return text
}

function answer(stream: ServerHttp2Stream | undefined): void {
  stream?.respond({ ':status': 200 })
  stream?.end('at last')
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate)
}

const kinds: readonly (readonly [string, () => Promise<Stage>])[] = [
  ['over TLS', async () => create(createSecureServer(createCertificate()), 'https')],
  ['h2c', async () => create(createServer(), 'http')],
]

test('begin() answers open streams and those on their way, h2c', async () => {
  const { stop, begin, held, open, drain } = await create(createServer(), 'http')
  const session = await open()
  const lastStreams: number[] = []
  session.on('goaway', (_code, lastStream) => lastStreams.push(lastStream))
  const first = textOf(session, '/held')
  await until(() => held.length === 1)
  await stop()
  const second = textOf(session, '/held')
  // By now it is sent, and nobody has read it.
  await new Promise(setImmediate)
  expect(held).toHaveLength(1)
  const done = begin()
  await until(() => held.length === 2)
  for (const stream of held) answer(stream)
  expect(await Promise.all([first, second])).toEqual(['at last', 'at last'])
  await done
  expect(lastStreams[0]).toBe(ANY_STREAM)
  expect([drain.answered, drain.cut()]).toEqual([2, { requests: 0, connections: 0 }])
})

test.for(kinds)('begin() ends idle sessions after a round trip, %s', async ([, createStage]) => {
  const { stop, begin, open } = await createStage()
  const session = await open()
  expect(await textOf(session, '/')).toBe('done')
  await stop()
  await Promise.all([begin(), once(session, 'close')])
})

test('begin() answers open streams and those on their way until there is a pause, over TLS', async () => {
  const { stop, begin, held, open, drain } = await create(createSecureServer(createCertificate()), 'https')
  const session = await open()
  const answers = [textOf(session, '/held')]
  await until(() => held.length === 1)
  await stop()
  const done = begin()
  for (let more = 0; more < 5; more++) {
    answers.push(textOf(session, '/held'))
    await until(() => held.length === 2)
    answer(held.shift())
  }
  answer(held.shift())
  expect(new Set(await Promise.all(answers))).toEqual(new Set(['at last']))
  await done
  expect(drain.answered).toBe(6)
})

test('begin() does not wait for a pause for ever, over TLS', async () => {
  const { stop, begin, held, open, clock } = await create(createSecureServer(createCertificate()), 'https')
  const session = await open()
  const first = textOf(session, '/held')
  await until(() => held.length === 1)
  await stop()
  const done = begin()
  await new Promise(setImmediate)
  clock.advance(LINGER_MS)
  await once(session, 'goaway')
  answer(held[0])
  expect(await first).toBe('at last')
  await done
})

test.for(kinds)('cut() cuts open streams, and counts them, %s', async ([, createStage]) => {
  const { stop, begin, open, held, drain } = await createStage()
  const session = await open()
  const answers = [textOf(session, '/held'), textOf(session, '/held')].map((answer) => answer.catch(() => 'cut'))
  await until(() => held.length === 2)
  await stop()
  const done = begin()
  expect(drain.cut()).toEqual({ requests: 2, connections: 1 })
  await Promise.all([done, ...answers])
})

test('begin() gives a handshake only so long', async () => {
  const { stop, begin, port, clock, server } = await create(createSecureServer(createCertificate()), 'https')
  const socket = connectTcp({ port, host: '127.0.0.1' })
  onTestFinished(() => void socket.destroy())
  await Promise.all([once(socket, 'connect'), once(server, 'connection')])
  await stop()
  const done = begin()
  await new Promise(setImmediate)
  clock.advance(LINGER_MS)
  await Promise.all([done, once(socket, 'close')])
})
