import { openHttp1 } from '../client/http1-connection.ts'
import { runClients, runHttp2Load, runLoad, warmUp, withSignal } from './load.ts'
import type { Scenario, Stage } from './scenario.ts'

const CONNECTIONS = 64
const DELAY_MS = 700
const LAG_MS = 500
const NEW_EVERY_MS = 5
const HOOKS = { hang: 'never ends', throw: 'throws', block: 'blocks the event loop' } as const

/** Signals under load. */
export const LOAD_SCENARIOS: readonly Scenario[] = [
  {
    name: 'keep-alive',
    about: '64 clients with a connection each, about 2,000 requests a second that take 5 to 40 ms',
    isLossy: true,
    play: (stage) => withSignal(stage, runLoad(stage, { protocol: 'http1', connections: CONNECTIONS })),
  },
  {
    name: 'pipelined',
    about: '32 clients that send four requests at a time',
    isLossy: true,
    play: (stage) => withSignal(stage, runLoad(stage, { protocol: 'http1', connections: CONNECTIONS / 2, depth: 4 })),
  },
  {
    name: 'tls',
    about: 'as keep-alive, over TLS',
    env: { SUBJECT_PROTOCOLS: 'https' },
    isLossy: true,
    play: (stage) => withSignal(stage, runLoad(stage, { protocol: 'https', connections: CONNECTIONS })),
  },
  {
    name: 'http2',
    about: '32 streams in 4 sessions, over TLS',
    env: { SUBJECT_PROTOCOLS: 'http2' },
    // Since Node 24 only what crosses its GOAWAY is turned away, and that may be nothing.
    isLossy: false,
    play: (stage) => withSignal(stage, runHttp2Load(stage, 'http2')),
  },
  {
    name: 'h2c',
    about: '32 streams in 4 sessions, in plain text',
    env: { SUBJECT_PROTOCOLS: 'h2c' },
    isLossy: false,
    play: (stage) => withSignal(stage, runHttp2Load(stage, 'h2c')),
  },
  {
    name: 'lag',
    about: 'a load balancer that sends new connections for 500 ms after the signal, to a subject that waits 700 ms',
    env: { SUBJECT_DELAY_MS: String(DELAY_MS) },
    isLossy: true,
    play: playLag,
  },
  {
    name: 'cluster',
    about: 'as keep-alive, with two workers, and the signal to the primary',
    env: { SUBJECT_WORKERS: '2' },
    isLossy: true,
    play: (stage) => withSignal(stage, runLoad(stage, { protocol: 'http1', connections: CONNECTIONS })),
  },
  ...(['hang', 'throw', 'block'] as const).map<Scenario>((hook) => ({
    name: `hook-${hook}`,
    about: `8 clients, and a teardown hook that ${HOOKS[hook]}`,
    env: { SUBJECT_HOOK: hook },
    isLossy: false,
    play: (stage) => withSignal(stage, runLoad(stage, { protocol: 'http1', connections: 8 })),
  })),
  ...(['crash', 'reject'] as const).map<Scenario>((path) => ({
    name: path,
    about: `16 clients, and ${path === 'crash' ? 'an exception that nobody catches' : 'a rejection that nobody handles'}`,
    isLossy: true,
    play: (stage) => playFatal(stage, path),
  })),
]

async function playLag(stage: Stage): Promise<void> {
  const endpoint = await stage.endpoint('http1')
  const load = runLoad(stage, { protocol: 'http1', connections: CONNECTIONS })
  const late = runClients(stage, 1, async () => {
    const all: Promise<unknown>[] = []
    for (let count = 0; (stage.sinceSignalMs() ?? 0) < LAG_MS && !stage.over.aborted; count++) {
      all.push(sendOne(String(count)))
      await stage.sleep(NEW_EVERY_MS)
    }
    await Promise.all(all)
  })
  await withSignal(stage, { warm: load.warm, done: Promise.all([load.done, late]).then(() => {}) })

  async function sendOne(id: string): Promise<void> {
    const connection = await openHttp1(endpoint, stage.ledger)
    await connection.exchange([{ kind: 'new connection', path: `/work?ms=10&id=${id}`, expected: id }])
    connection.end()
  }
}

async function playFatal(stage: Stage, path: string): Promise<void> {
  const load = runLoad(stage, { protocol: 'http1', connections: 16 })
  const connection = await openHttp1(await stage.endpoint('http1'), stage.ledger)
  await warmUp(stage, load)
  stage.expectEnd()
  connection.sendRaw(`GET /${path} HTTP/1.1\r\nhost: subject\r\n\r\n`)
  await load.done
}
