import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import { describe, expect, onTestFinished, test } from 'vitest'
import { listen, newLedger, nobody, toEndpoint } from '../fixtures/fake-server.ts'
import type { Endpoint } from './endpoint.ts'
import { openHttp2 } from './http2-session.ts'
import type { Ledger } from './ledger.ts'

const CANCEL = 8
const REFUSED_STREAM = 7

describe('openHttp2()', () => {
  test('counts a request that is answered', async () => {
    const ledger = await requestOnce((stream) => answer(stream, 'a'))
    expect(ledger.report().counts).toMatchObject({ wanted: 1, sent: 1, answered: 1 })
  })

  test('counts 503 apart', async () => {
    const ledger = await requestOnce((stream) => {
      stream.respond({ ':status': 503 })
      stream.end()
    })
    expect(ledger.report().counts).toMatchObject({ sent: 1, failed5xx: 1 })
  })

  test('counts a stream that is reset as lost', async () => {
    const ledger = await requestOnce((stream) => stream.close(CANCEL))
    expect(ledger.report()).toMatchObject({
      counts: { sent: 1, lost: 1 },
      reasons: { 'the stream was cut (code 8) before any byte of the answer': 1 },
    })
  })

  test('counts half an answer as lost', async () => {
    const ledger = await requestOnce((stream) => {
      stream.respond({ ':status': 200, 'content-length': 5 })
      stream.write('hel', () => stream.session?.destroy())
    })
    expect(ledger.report().counts).toMatchObject({ sent: 1, lost: 1, answered: 0 })
  })

  test("counts somebody else's answer as lost", async () => {
    const ledger = await requestOnce((stream) => answer(stream, 'b'))
    expect(ledger.report()).toMatchObject({ counts: { lost: 1 }, reasons: { 'answered with "b"': 1 } })
  })

  test('counts a stream that the server refuses as turned away', async () => {
    const ledger = await requestOnce((stream) => stream.close(REFUSED_STREAM))
    expect(ledger.report().counts).toMatchObject({ sent: 1, turnedAway: 1, lost: 0 })
  })

  test('counts streams that GOAWAY leaves out as turned away, and those below it by what becomes of them', async () => {
    const streams: ServerHttp2Stream[] = []
    const endpoint = await serve((stream) => {
      streams.push(stream)
      if (streams.length < 3) return
      const [first] = streams as [ServerHttp2Stream]
      // Says that only the first was taken, answers that one, and breaks.
      stream.session?.goaway(0, first.id)
      answer(first, 'a')
      first.once('close', () => stream.session?.destroy())
    })
    const ledger = newLedger()
    const session = await openHttp2(endpoint, ledger)
    await Promise.all(['a', 'b', 'c'].map((id) => session.request('h2c', `/${id}`, id)))
    expect(ledger.report().counts).toMatchObject({ sent: 3, answered: 1, turnedAway: 2, lost: 0 })
  })

  test('sends nothing more once it is told to go', async () => {
    const ledger = newLedger()
    const endpoint = await serve((stream) => {
      stream.session?.goaway(0, 2 ** 31 - 1)
      answer(stream, 'a')
    })
    const session = await openHttp2(endpoint, ledger)
    await session.request('h2c', '/a', 'a')
    expect(session.isUsable).toBe(false)
    await session.request('h2c', '/b', 'b')
    expect(ledger.report().counts).toMatchObject({ sent: 1, answered: 1, refused: 1, lost: 0 })
  })

  test('takes what Node itself does not send any more, as GOAWAY has come, for not sent', async () => {
    const ledger = newLedger()
    const endpoint = await serve((stream) => {
      stream.respond({ ':status': 200, 'content-length': 1 })
      stream.end('a')
      stream.session?.goaway(0, 2 ** 31 - 1)
    })
    const session = await openHttp2(endpoint, ledger)
    await session.request('h2c', '/a', 'a')
    await session.request('h2c', '/a', 'a')
    expect(ledger.report().counts).toMatchObject({ wanted: 2, sent: 1, answered: 1, refused: 1, turnedAway: 0 })
  })

  test('counts what is under way when the session breaks as lost', async () => {
    const ledger = await requestOnce((stream) => stream.session?.socket.destroy())
    expect(ledger.report().counts).toMatchObject({ sent: 1, lost: 1 })
  })

  test('counts what has no end a second after the process is gone as lost', async () => {
    const over = new AbortController()
    const ledger = newLedger()
    const endpoint = await serve(() => over.abort())
    const session = await openHttp2({ ...endpoint, over: over.signal }, ledger)
    await session.request('h2c', '/a', 'a')
    expect(ledger.report().counts).toMatchObject({ sent: 1, lost: 1 })
  })

  test('refuses where nobody listens', async () => {
    const ledger = newLedger()
    const session = await openHttp2(await nobody(), ledger)
    expect(session.wasRefused).toBe(true)
    await session.request('h2c', '/a', 'a')
    expect(ledger.report().counts).toMatchObject({ wanted: 1, sent: 0, refused: 1 })
  })
})

async function requestOnce(script: (stream: ServerHttp2Stream) => void): Promise<Ledger> {
  const ledger = newLedger()
  const session = await openHttp2(await serve(script), ledger)
  await session.request('h2c', '/a', 'a')
  return ledger
}

async function serve(script: (stream: ServerHttp2Stream) => void): Promise<Endpoint> {
  const sessions = new Set<ServerHttp2Session>()
  const server = createServer()
  server.on('session', (session) => sessions.add(session))
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => {})
    script(stream)
  })
  onTestFinished(() => {
    for (const session of sessions) session.destroy()
    server.close()
  })
  return toEndpoint(await listen(server))
}

function answer(stream: ServerHttp2Stream, body: string): void {
  stream.respond({ ':status': 200, 'content-length': body.length })
  stream.end(body)
}
