import { setImmediate as turn } from 'node:timers/promises'
import { createRandom } from '../../random.ts'
import { type Http1Connection, openHttp1 } from '../client/http1-connection.ts'
import { type Http2Session, openHttp2 } from '../client/http2-session.ts'
import type { LoadStage, Stage } from './scenario.ts'

/** Milliseconds that there is load, or quiet, before anything happens. */
export const WARM_MS = 300
/** The first requests come within these. */
const RAMP_MS = 50
const SHORTEST_WORK_MS = 5
const LONGEST_WORK_MS = 40
/** Milliseconds that a client waits between two requests, at most. With the work above: about 2,000 a second of 64. */
const LONGEST_PAUSE_MS = 20

/** Options of {@link runLoad}. */
export interface LoadOptions {
  readonly protocol: 'http1' | 'https'
  readonly connections: number
  /** How many requests are sent at a time, on each connection. */
  readonly depth?: number | undefined
}

/** A load that runs. */
export interface Load {
  /** Resolves once every client has had an answer: until then they open connections more than anything else. */
  readonly warm: Promise<void>
  /** Resolves when no client has anything more to do. */
  readonly done: Promise<void>
}

/** Sends requests until every client was refused, or it is over. A client that is told to use another connection does. */
export function runLoad(stage: LoadStage, { protocol, connections, depth = 1 }: LoadOptions): Load {
  const latch = createLatch(connections, stage.over)
  return { warm: latch.opened, done: run() }

  async function run(): Promise<void> {
    const endpoint = await stage.endpoint(protocol)
    await runClients(stage, connections, async (random, client) => {
      let connection: Http1Connection | undefined
      for (let count = 0; !stage.over.aborted; count++) {
        if (!connection?.isUsable) connection = await openHttp1(endpoint, stage.ledger)
        const requests = Array.from({ length: depth }, (_, index) => {
          const id = `${client}.${count}.${index}`
          return { kind: protocol, path: workPath(random, id), expected: id }
        })
        await connection.exchange(requests)
        if (count === 0) latch.arrive()
        if (connection.wasRefused) return
        await pause(stage, random)
      }
      connection?.end()
    })
  }
}

/** The same by HTTP/2: several requests at a time in each session. */
export function runHttp2Load(stage: LoadStage, protocol: 'http2' | 'h2c'): Load {
  const latch = createLatch(HTTP2_SESSIONS * HTTP2_STREAMS, stage.over)
  return { warm: latch.opened, done: run() }

  async function run(): Promise<void> {
    const endpoint = await stage.endpoint(protocol)
    await runClients(stage, HTTP2_SESSIONS, async (_random, client) => {
      let session: Http2Session | undefined
      let opening: Promise<Http2Session> | undefined
      await runClients(stage, HTTP2_STREAMS, async (random, stream) => {
        for (let count = 0; !stage.over.aborted; count++) {
          const current = await use()
          const id = `${client}.${stream}.${count}`
          await current.request(protocol, workPath(random, id), id)
          if (count === 0) latch.arrive()
          if (current.wasRefused) return
          await pause(stage, random)
        }
      })
      session?.end()

      /** The first who finds it unusable opens another one for all. */
      async function use(): Promise<Http2Session> {
        if (session?.isUsable) return session
        opening ??= openHttp2(endpoint, stage.ledger)
        session = await opening
        opening = undefined
        return session
      }
    })
  }
}

const HTTP2_SESSIONS = 4
const HTTP2_STREAMS = 8

/** Runs clients side by side, each with numbers of its own. */
export async function runClients(
  stage: LoadStage,
  count: number,
  client: (random: () => number, index: number) => Promise<void>,
): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const random = createRandom(stage.seed * 1_000 + index)
      await stage.sleep(random() * RAMP_MS)
      await client(random, index)
    }),
  )
}

/** Signals in the middle of a load. */
export async function withSignal(stage: Stage, load: Load): Promise<void> {
  await warmUp(stage, load)
  stage.signal()
  await load.done
}

/** Waits until a load is what it is to be. Rejects if it cannot begin. */
export async function warmUp(stage: Stage, load: Load): Promise<void> {
  await Promise.race([load.warm, load.done])
  await stage.sleep(WARM_MS)
}

/** Opens when so many have arrived, or there is nothing to wait for. */
function createLatch(count: number, over: AbortSignal): { readonly opened: Promise<void>; arrive(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  let left = count
  over.addEventListener('abort', () => resolve(), { once: true })
  return {
    opened: promise,
    arrive: () => {
      left--
      if (left === 0) resolve()
    },
  }
}

function workPath(random: () => number, id: string): string {
  const ms = Math.round(SHORTEST_WORK_MS + random() * (LONGEST_WORK_MS - SHORTEST_WORK_MS))
  return `/work?ms=${ms}&id=${id}`
}

/** Half of the time there is none: as in a proxy, where others wait for the connection, the next request goes at once. */
async function pause(stage: LoadStage, random: () => number): Promise<void> {
  const isEager = random() < 0.5
  const ms = random() * LONGEST_PAUSE_MS
  if (!isEager) await stage.sleep(ms)
  // Whatever has come meanwhile is read before anything is sent: what a client does not know as it is late is no news.
  if (!isEager || stage.isLate()) await turn()
}
