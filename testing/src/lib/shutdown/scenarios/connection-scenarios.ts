import { type Http1Connection, openHttp1 } from '../client/http1-connection.ts'
import { runClients, runLoad, WARM_MS, warmUp } from './load.ts'
import type { Scenario, Stage } from './scenario.ts'

const BACKLOG = 100
/** Milliseconds in which a frozen subject's kernel has everything that is sent to it. */
const SETTLE_MS = 30

/** Signals with connections in all the states that there are beside a load. */
export const CONNECTION_SCENARIOS: readonly Scenario[] = [
  {
    name: 'half-open',
    about: '6 connections whose request never becomes whole, beside 8 clients',
    isLossy: true,
    play: playHalfOpen,
  },
  {
    name: 'idle',
    about: '32 idle connections that send one more request within a round trip after the signal',
    isLossy: true,
    roundTripMs: 20,
    play: (stage) => playQuiet(stage, { connections: 32, isUsed: true, silent: 0 }),
  },
  {
    name: 'never-used',
    about: '32 connections that were never used; half of them send within a round trip after the signal, half never do',
    isLossy: false,
    roundTripMs: 20,
    play: (stage) => playQuiet(stage, { connections: 32, isUsed: false, silent: 16 }),
  },
  {
    name: 'backlog',
    about: '100 connections with a request each, which wait in the backlog while the signal comes',
    isLossy: true,
    play: playBacklog,
  },
  {
    name: 'burst',
    about: '100 connections with a request each, opened one after the other while the signal comes',
    isLossy: false,
    play: playBurst,
  },
]

async function playHalfOpen(stage: Stage): Promise<void> {
  const endpoint = await stage.endpoint('http1')
  const load = runLoad(stage, { protocol: 'http1', connections: 8 })
  const parts = ['GET /fa', 'GET /fast HTTP/1.1\r\n', 'GET /fast HTTP/1.1\r\nhost: subject\r\nx-part:']
  const halves = await Promise.all([...parts, ...parts].map(() => openHttp1(endpoint, stage.ledger)))
  for (const [index, half] of halves.entries()) half.sendRaw(parts[index % parts.length] ?? '')
  await warmUp(stage, load)
  stage.signal()
  await load.done
  await Promise.all(halves.map(({ closed }) => closed))
}

interface QuietOptions {
  readonly connections: number
  /** Whether each had one request before. */
  readonly isUsed: boolean
  /** How many say nothing more. */
  readonly silent: number
}

async function playQuiet(stage: Stage, { connections, isUsed, silent }: QuietOptions): Promise<void> {
  const endpoint = await stage.endpoint('http1')
  const all: Http1Connection[] = []
  await runClients(stage, connections, async (_random, index) => {
    const connection = await openHttp1(endpoint, stage.ledger)
    all[index] = connection
    if (isUsed) await connection.exchange([{ kind: 'first', path: `/fast?id=${index}`, expected: String(index) }])
  })
  await stage.sleep(WARM_MS)
  stage.signal()
  const startedAtMs = performance.now()
  await Promise.all(
    all.map(async (connection, index) => {
      if (index < silent) return connection.closed
      const afterMs = (stage.roundTripMs * index) / connections
      await stage.sleep(afterMs - (performance.now() - startedAtMs))
      const id = `late.${index}`
      await connection.exchange([{ kind: 'late', path: `/work?ms=5&id=${id}`, expected: id }])
      await connection.closed
    }),
  )
}

async function playBacklog(stage: Stage): Promise<void> {
  const endpoint = await stage.endpoint('http1')
  await stage.sleep(WARM_MS / 3)
  stage.child.kill('SIGSTOP')
  const all = Promise.all(Array.from({ length: BACKLOG }, (_, index) => sendOne(stage, endpoint, index)))
  await stage.sleep(SETTLE_MS)
  stage.signal()
  stage.child.kill('SIGCONT')
  await all
}

async function playBurst(stage: Stage): Promise<void> {
  const endpoint = await stage.endpoint('http1')
  await stage.sleep(WARM_MS / 3)
  const all: Promise<void>[] = []
  for (let index = 0; index < BACKLOG; index++) {
    if (index === BACKLOG / 2) stage.signal()
    all.push(sendOne(stage, endpoint, index))
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
  await Promise.all(all)
}

async function sendOne(stage: Stage, endpoint: Awaited<ReturnType<Stage['endpoint']>>, index: number): Promise<void> {
  const connection = await openHttp1(endpoint, stage.ledger)
  await connection.exchange([{ kind: 'http1', path: `/fast?id=${index}`, expected: String(index) }])
  connection.end()
}
