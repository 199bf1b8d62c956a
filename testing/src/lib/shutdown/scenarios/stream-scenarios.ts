import { type Http1Request, type OpenOptions, openHttp1 } from '../client/http1-connection.ts'
import { openWebSocket } from '../client/web-socket.ts'
import { runClients, WARM_MS } from './load.ts'
import type { Scenario, Stage } from './scenario.ts'

const BIG_BYTES = 16 * 2 ** 20

/** Signals with something under way that takes long. */
export const STREAM_SCENARIOS: readonly Scenario[] = [
  {
    name: 'websocket',
    about: '16 WebSockets that are to be told that the server goes',
    isLossy: true,
    play: playWebSockets,
  },
  {
    name: 'events',
    about: '8 streams of server-sent events that are to end properly',
    isLossy: false,
    play: (stage) => playRequests(stage, 8, { kind: 'events', path: '/events' }),
  },
  {
    name: 'download',
    about: '4 downloads that take another two seconds',
    isLossy: false,
    play: (stage) =>
      playRequests(stage, 4, { kind: 'download', path: '/download?ms=2300&bytes=1000000', expected: 1_000_000 }),
  },
  {
    name: 'slow-reader',
    about: '2 answers of 16 MiB that were written at once, and are read over about two seconds',
    isLossy: true,
    play: (stage) =>
      playRequests(
        stage,
        2,
        { kind: 'download', path: `/download?ms=0&bytes=${BIG_BYTES}`, expected: BIG_BYTES },
        { readEveryMs: 8 },
      ),
  },
  {
    name: 'upload',
    about: '4 uploads that take another two seconds',
    isLossy: false,
    play: (stage) =>
      playRequests(stage, 4, {
        kind: 'upload',
        path: '/upload',
        body: { pieces: 46, pieceBytes: 1_000, everyMs: 50 },
        expected: '46000',
      }),
  },
]

async function playRequests(stage: Stage, count: number, request: Http1Request, options?: OpenOptions): Promise<void> {
  const endpoint = await stage.endpoint('http1')
  const all = runClients(stage, count, async () => {
    const connection = await openHttp1(endpoint, stage.ledger, options)
    await connection.exchange([request])
    connection.end()
  })
  await stage.sleep(WARM_MS)
  stage.signal()
  await all
}

async function playWebSockets(stage: Stage): Promise<void> {
  const endpoint = await stage.endpoint('http1')
  const talks = Array.from({ length: 16 }, () => openWebSocket(endpoint, stage.ledger, stage.closeCode))
  await Promise.all(talks.map(({ opened }) => opened))
  await stage.sleep(WARM_MS)
  stage.signal()
  await Promise.all(talks.map(({ closed }) => closed))
}
