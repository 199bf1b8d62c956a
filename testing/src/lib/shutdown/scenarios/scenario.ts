import type { Endpoint } from '../client/endpoint.ts'
import type { Ledger } from '../client/ledger.ts'
import type { SubjectProcess } from '../run/child.ts'
import type { Protocol, SubjectEnv } from '../subject/contract.ts'

/** Every scenario there is. */
export type ScenarioName =
  | 'keep-alive'
  | 'pipelined'
  | 'tls'
  | 'http2'
  | 'h2c'
  | 'websocket'
  | 'events'
  | 'download'
  | 'slow-reader'
  | 'upload'
  | 'half-open'
  | 'idle'
  | 'never-used'
  | 'backlog'
  | 'burst'
  | 'lag'
  | 'second-signal'
  | 'hook-hang'
  | 'hook-throw'
  | 'hook-block'
  | 'start-loaded'
  | 'start-pending'
  | 'start-ready'
  | 'crash'
  | 'reject'
  | 'cluster'

/** What a scenario plays with. */
export interface Stage {
  readonly child: SubjectProcess
  readonly ledger: Ledger
  readonly seed: number
  /** How much longer a request and its answer take than they would. */
  readonly roundTripMs: number
  /** Aborts when the subject has ended, and clients with it. */
  readonly over: AbortSignal
  /** Waits until the subject listens. */
  endpoint(protocol: Protocol): Promise<Endpoint>
  /** Sends the signal. From then on the end is waited for, and enforced. The second time: the second one. */
  signal(): void
  /** Starts the clock as a signal does, without one: something else is about to end the subject. */
  expectEnd(): void
  /** Milliseconds since then. `undefined`: it was not yet. */
  sinceSignalMs(): number | undefined
  /** Whether this process stood still just now. */
  isLate(): boolean
  /** Waits; shorter where it is over. */
  sleep(ms: number): Promise<void>
  /** Notes with which code a WebSocket was closed. */
  closeCode(code: number): void
}

/** As much of a stage as a load needs. */
export type LoadStage = Pick<Stage, 'endpoint' | 'isLate' | 'ledger' | 'over' | 'seed' | 'sleep'>

/** One thing that happens to a subject. */
export interface Scenario {
  readonly name: ScenarioName
  /** In a sentence. */
  readonly about: string
  /** What the subject is told. */
  readonly env?: SubjectEnv | undefined
  /** Whether Node alone has to lose something in it. Where it does not, the harness was blind. */
  readonly isLossy: boolean
  /** How much longer a request and its answer take, where the run does not say. */
  readonly roundTripMs?: number | undefined
  /** Drives it: resolves when no client has anything more to do. */
  play(stage: Stage): Promise<void>
}
