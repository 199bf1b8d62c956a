import { strict as assert } from 'node:assert'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HttpServer } from '@breakwater/core'
import { get } from '../transport/case.ts'
import { createCertificate } from '../transport/certificate.ts'
import type { ConformanceCase, ConformanceOptions } from '../transport/conformance.ts'
import { isHttp2, isSecure, type Transport } from '../transport/transport.ts'
import { Trial } from '../transport/trial.ts'
import { createLedger } from './client/ledger.ts'
import { type Stalls, watchStalls } from './run/stalls.ts'
import { type Load, runHttp2Load, runLoad } from './scenarios/load.ts'
import type { LoadStage } from './scenarios/scenario.ts'

/** What stops a server, as the cases use it. */
export interface StopSubject {
  /**
   * Says which server.
   *
   * @param server A server that nobody has connected to.
   */
  serve(server: HttpServer): unknown
  /** Stops it. Resolves when that is done. */
  begin(): Promise<unknown>
}

const CONNECTIONS = 16
/** Milliseconds that there is load before it stops. */
const LOAD_MS = 100
/** Milliseconds of a standstill after which a loss says nothing: clients live in the same process, and send too late. */
const STALL_MS = 50
/** Of one case, on a machine that is too busy. */
const MOST_RUNS = 4

const WORK = get('/work', async ({ request }) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://transport')
  await sleep(Number(searchParams.get('ms')))
  return { body: searchParams.get('id') ?? '' }
})

/**
 * Lists what must hold when a server is stopped in the middle of a load, on every framework and protocol: every request that is
 * sent is answered wholly. The black-box harness sees more, this one sees every adapter.
 *
 * @param transport The adapter.
 * @param create Creates what stops its server, and not the process. It grants idle connections 100 ms at least.
 * @param options Limits.
 * @returns The cases that apply to the transport's protocol.
 */
export function shutdownConformance(
  transport: Transport,
  create: () => StopSubject,
  { limitMs = 10_000 }: ConformanceOptions = {},
): readonly ConformanceCase[] {
  const depths = isHttp2(transport) ? [1] : [1, 4]
  return depths.map((depth) => ({
    name: `shutdown: under load not one request is lost${depth > 1 ? ', pipelined' : ''}`,
    async run() {
      for (let run = 1; ; run++) {
        const trial = new Trial(transport, limitMs)
        const stalls = watchStalls()
        try {
          await trial.serve({ routes: [WORK] })
          return await stopUnderLoad(trial, create(), depth, stalls)
        } catch (error) {
          if (stalls.stop() < STALL_MS || run === MOST_RUNS) throw error
        } finally {
          stalls.stop()
          await trial.close()
        }
      }
    },
  }))
}

async function stopUnderLoad(trial: Trial, subject: StopSubject, depth: number, stalls: Stalls): Promise<void> {
  const { port } = trial.server.address() as AddressInfo
  const over = new AbortController()
  let beganAtMs: number | undefined
  const stage: LoadStage = {
    seed: 1,
    over: over.signal,
    isLate: stalls.isLate,
    sleep: (ms) => sleep(Math.max(0, ms)),
    ledger: createLedger({
      servesForMs: 0,
      sinceSignalMs: (atMs = performance.now()) => (beganAtMs === undefined ? undefined : atMs - beganAtMs),
    }),
    async endpoint() {
      const ca = isSecure(trial.transport) ? createCertificate().cert : undefined
      return { port, ca, over: over.signal, wasRefused: () => false }
    },
  }
  try {
    subject.serve(trial.server)
    const load = startLoad(trial.transport, stage, depth)
    await trial.waiter.within(load.warm, 'the load to begin')
    await sleep(LOAD_MS)
    beganAtMs = performance.now()
    await trial.waiter.within(subject.begin(), 'the server to be stopped')
    await trial.waiter.within(load.done, 'the clients to see it')
  } finally {
    over.abort()
  }
  const { counts, losses, lastAnswerMs } = stage.ledger.report()
  const { lost, failed5xx, open } = counts
  // HTTP/2 over TLS turns away what crosses its GOAWAY, and says so.
  const turnedAway = trial.transport.protocol === 'h2' ? 0 : counts.turnedAway
  const bad = { lost, failed5xx, open, turnedAway }
  assert.deepEqual(bad, { lost: 0, failed5xx: 0, open: 0, turnedAway: 0 }, JSON.stringify(losses))
  assert.ok(counts.answered > CONNECTIONS * depth, `Only ${counts.answered} requests were answered`)
  assert.ok(lastAnswerMs !== undefined, 'None was under way when it stopped')
}

function startLoad({ protocol }: Transport, stage: LoadStage, depth: number): Load {
  if (protocol === 'h2' || protocol === 'h2c') return runHttp2Load(stage, protocol === 'h2' ? 'http2' : 'h2c')
  return runLoad(stage, { protocol: protocol === 'https' ? 'https' : 'http1', connections: CONNECTIONS, depth })
}
