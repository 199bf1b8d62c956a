import { type FigureClaim, type FigureGroup, isAtMost } from '../../src/figures/group.ts'
import type { Cell } from '../../src/shutdown/cell.ts'
import {
  FORCED,
  forced,
  lost,
  PAST_FLOOR,
  pastFloor,
  REFUSED,
  refused,
  seconds,
  stalled,
} from '../../src/shutdown/columns.ts'
import { createShutdownGroup } from '../../src/shutdown/group.ts'
import { RUNS } from '../../src/shutdown/play.ts'
import { OURS, ours, peers } from './subjects.ts'

/** No request takes longer than 40 ms: who is not gone by then never will be. */
const LIMIT_MS = 2_000

const WHY_NONE = 'Not one request that reached the process is lost.'
const WHY_FLOOR = 'Nobody should wait for an end that waits for nobody.'

const CELLS = [
  { name: 'plain', cell: { scenario: 'keep-alive', roundTripMs: 0 } },
  { name: 'plain, 50 ms', cell: { scenario: 'keep-alive', roundTripMs: 50 } },
  { name: 'plain, 100 ms', cell: { scenario: 'keep-alive', roundTripMs: 100 } },
  { name: 'TLS', cell: { scenario: 'tls', roundTripMs: 0 } },
  { name: 'TLS, 50 ms', cell: { scenario: 'tls', roundTripMs: 50 } },
  { name: 'pipelined', cell: { scenario: 'pipelined', roundTripMs: 0 } },
  { name: 'pipelined, 50 ms', cell: { scenario: 'pipelined', roundTripMs: 50 } },
] as const satisfies readonly { readonly name: string; readonly cell: Cell }[]

const LAG_CELLS = [
  { name: 'lost', cell: { scenario: 'lag', roundTripMs: 0 } },
  { name: 'lost, 50 ms', cell: { scenario: 'lag', roundTripMs: 50 } },
] as const satisfies readonly { readonly name: string; readonly cell: Cell }[]

const claimsOf = (cells: readonly { readonly name: string }[]): readonly FigureClaim[] => [
  ...cells.map(({ name }) => isAtMost(OURS, name, 0, WHY_NONE)),
  isAtMost(OURS, REFUSED, 0, WHY_NONE),
  isAtMost(OURS, FORCED, 0, 'A load is no reason not to end.'),
  isAtMost(OURS, PAST_FLOOR, 50, WHY_FLOOR),
]

/** SIGTERM under load. */
export const loads: FigureGroup = createShutdownGroup({
  id: 'load',
  title: 'SIGTERM under load, HTTP/1.1',
  about: `Requests that were sent and never answered, in ${RUNS} runs each: 64 clients that keep their connections, about 2,000 requests a second which take 5 to 40 ms; pipelined are 32 clients that send four at a time. Milliseconds are a round trip between client and server. A subject has 2 s to end, where it knows a limit, and is killed half a second later. Seconds are the middle of all runs; the floor is the longest of the last answer and, for ours, 500 ms to linger, and the slowest run counts. How long the clients stood still is what a busy machine added to such times.`,
  ours,
  peers,
  cells: CELLS.map(({ cell }) => cell),
  columns: [...CELLS.map(({ name, cell }) => lost(name, cell)), refused, forced, seconds, pastFloor, stalled],
  limitMs: LIMIT_MS,
  concurrency: 1,
  claims: claimsOf(CELLS),
})

/** SIGTERM with a load balancer that does not know yet. */
export const lags: FigureGroup = createShutdownGroup({
  id: 'lag',
  title: 'A load balancer that lags',
  about: `As under load, and a load balancer that sends new connections for 500 ms after the signal. Every subject is told to go on as before for 700 ms, by its own means, and has 2 s from then. In ${RUNS} runs each; milliseconds are a round trip.`,
  ours,
  peers,
  cells: LAG_CELLS.map(({ cell }) => cell),
  columns: [...LAG_CELLS.map(({ name, cell }) => lost(name, cell)), refused, forced, seconds, pastFloor, stalled],
  limitMs: LIMIT_MS,
  concurrency: 1,
  claims: claimsOf(LAG_CELLS),
})
