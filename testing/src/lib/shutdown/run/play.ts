import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Certificate, createCertificate } from '../../transport/certificate.ts'
import { createLedger } from '../client/ledger.ts'
import { createRelay, type Relay } from '../client/relay.ts'
import { findScenario } from '../scenarios/all.ts'
import type { Scenario, ScenarioName, Stage } from '../scenarios/scenario.ts'
import type { Protocol, SubjectLine } from '../subject/contract.ts'
import { type Subject, type SubjectProcess, startSubject } from './child.ts'
import type { Exit, RunReport } from './report.ts'
import { watchStalls } from './stalls.ts'

const READY_LIMIT_MS = 20_000
/** Milliseconds in which a load has to be what it is to be, and then the signal comes. */
const BEGIN_LIMIT_MS = 40_000
/** Milliseconds that a client gets to notice that the process it spoke to is gone. */
const CLIENT_LIMIT_MS = 5_000

/** How a scenario is run. Plain data. */
export interface RunOptions {
  /**
   * What times and sizes are drawn from.
   *
   * @defaultValue `1`
   */
  readonly seed?: number | undefined
  /**
   * Milliseconds after the signal at which a subject that has not ended is killed, as a process manager does.
   *
   * @defaultValue `12_000`, longer than what most peers grant themselves
   */
  readonly limitMs?: number | undefined
  /**
   * How much longer a request and its answer take, both together, in milliseconds: they go through a relay.
   *
   * @defaultValue what the scenario has, which is mostly 0, and then there is no relay
   */
  readonly roundTripMs?: number | undefined
  /**
   * Whether the subject is process 1 of a PID namespace of its own, as in a container. Linux only, and only for root.
   *
   * @defaultValue `false`
   */
  readonly isFirst?: boolean | undefined
  /** @defaultValue `SIGTERM` */
  readonly signal?: NodeJS.Signals | undefined
}

/** Runs a scenario from this process: no client of it may be kept waiting by anything else that runs here. */
export async function playScenario(
  subject: Subject,
  name: ScenarioName,
  { seed = 1, limitMs = 12_000, roundTripMs, isFirst = false, signal = 'SIGTERM' }: RunOptions = {},
): Promise<RunReport> {
  const scenario = findScenario(name)
  const certificate = createCertificate()
  const child = startSubject(subject, { env: toEnv(scenario, certificate), isFirst })
  const tripMs = roundTripMs ?? scenario.roundTripMs ?? 0
  const over = new AbortController()
  const relays = new Map<Protocol, Promise<Relay>>()
  const closeCodes: Record<number, number> = {}
  const stalls = watchStalls()
  let signalAtMs: number | undefined
  let secondAtMs: number | undefined
  let isKilled = false
  let limit: NodeJS.Timeout | undefined
  const sinceSignalMs = (atMs: number = performance.now()): number | undefined =>
    signalAtMs === undefined ? undefined : atMs - signalAtMs
  const servesForMs = Number(scenario.env?.SUBJECT_DELAY_MS ?? 0)
  const ledger = createLedger({ sinceSignalMs, servesForMs })
  setMaxListeners(0, over.signal) // every client has some
  void child.gone.then(() => over.abort())

  const stage: Stage = {
    child,
    ledger,
    seed,
    roundTripMs: tripMs,
    over: over.signal,
    async endpoint(protocol) {
      const port = await readyPort(child, protocol)
      const ca = protocol === 'https' || protocol === 'http2' ? certificate.cert : undefined
      if (tripMs === 0) return { port, ca, over: over.signal, wasRefused: () => false }
      let relay = relays.get(protocol)
      if (relay === undefined) {
        relay = createRelay(port, tripMs)
        relays.set(protocol, relay)
      }
      return { ca, over: over.signal, port: (await relay).port, wasRefused: (await relay).wasRefused }
    },
    signal() {
      if (signalAtMs === undefined) stage.expectEnd()
      else secondAtMs = performance.now()
      child.kill(signal)
    },
    expectEnd() {
      signalAtMs = performance.now()
      clearTimeout(begin)
      limit = setTimeout(giveUp, limitMs)
    },
    sinceSignalMs,
    isLate: stalls.isLate,
    sleep: (ms) => sleep(Math.max(0, ms), undefined, { signal: over.signal }).catch(() => {}),
    closeCode(code) {
      closeCodes[code] = (closeCodes[code] ?? 0) + 1
    },
  }

  const begin = setTimeout(giveUp, BEGIN_LIMIT_MS)
  const problem = await play(scenario, stage)
  clearTimeout(begin)
  if (problem !== undefined && !over.signal.aborted) giveUp()
  const { code, signal: endedBy, atMs } = await child.ended
  clearTimeout(limit)
  for (const relay of relays.values()) (await relay).close()
  // What a signal came to that found nobody.
  const isEarly = signalAtMs === undefined || atMs < signalAtMs
  const unusable = problem ?? (isEarly ? `The subject ended before the signal: ${child.stderr.trim()}` : undefined)
  const exit: Exit = {
    // `unshare` has no code of its own for it.
    code: isKilled ? null : code,
    signal: isKilled ? 'SIGKILL' : endedBy,
    isKilled,
    ms: round(sinceSignalMs(atMs) ?? Number.NaN),
    ...(secondAtMs !== undefined && { msFromSecond: round(atMs - secondAtMs) }),
  }
  return {
    subject: subject.name,
    scenario: name,
    node: child.lines.find(isReady)?.node,
    seed,
    roundTripMs: tripMs,
    ...ledger.report(),
    exit,
    hooks: child.lines.flatMap((line) => ('hook' in line ? [line.hook] : [])),
    closeCodes,
    stderr: child.stderr,
    stalledMs: stalls.stop(),
    unusable,
  }

  function giveUp(): void {
    isKilled = true
    ledger.blame('killed by the harness, as it did not end')
    child.kill('SIGKILL')
  }

  /** Resolves to why it says nothing, if so. */
  async function play({ play: run }: Scenario, on: Stage): Promise<string | undefined> {
    const isBlind = child.gone.then(() =>
      sleep(CLIENT_LIMIT_MS, 'A client did not notice that the subject was gone', { ref: false }),
    )
    try {
      return await Promise.race([run(on).then(() => undefined), isBlind])
    } catch (error) {
      return (error as Error).message
    }
  }
}

function isReady(line: SubjectLine): line is Extract<SubjectLine, { ready: unknown }> {
  return 'ready' in line
}

async function readyPort(child: SubjectProcess, protocol: Protocol): Promise<number> {
  const { ready } = await Promise.race([
    child.line(isReady),
    sleep(READY_LIMIT_MS, undefined, { ref: false }).then(() => {
      throw new Error(`The subject was not ready within ${READY_LIMIT_MS} ms: ${child.stderr}`)
    }),
  ])
  const port = ready[protocol]
  if (port === undefined) throw new Error(`The subject serves no ${protocol}, only ${Object.keys(ready).join(', ')}`)
  return port
}

function toEnv({ env }: Scenario, { key, cert }: Certificate): NonNullable<Scenario['env']> {
  return { SUBJECT_PROTOCOLS: 'http1', SUBJECT_KEY: key, SUBJECT_CERT: cert, ...env }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
