import { type FigureGroup, isAtMost } from '../../src/figures/group.ts'
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

const CELLS = [
  { name: 'WebSockets', cell: { scenario: 'websocket' }, of: '16 WebSockets not told 1001 (going away)' },
  { name: 'event streams', cell: { scenario: 'events' }, of: '8 streams of server-sent events cut' },
  { name: 'half-open', cell: { scenario: 'half-open' }, of: 'requests of 8 clients beside 6 half-open connections' },
  { name: 'idle', cell: { scenario: 'idle' }, of: 'requests of 32 idle connections within a round trip of 20 ms' },
  { name: 'never used', cell: { scenario: 'never-used' }, of: '16 of 32 connections never used before, as well' },
  { name: 'accept queue', cell: { scenario: 'backlog' }, of: '100 connections in the accept queue, a request each' },
  { name: 'burst', cell: { scenario: 'burst' }, of: '100 connections opened while the signal comes' },
] as const satisfies readonly { readonly name: string; readonly cell: Cell; readonly of: string }[]

/** SIGTERM with all kinds of connections. */
export const sockets: FigureGroup = createShutdownGroup({
  id: 'sockets',
  title: 'SIGTERM with all kinds of connections',
  about: `Lost in ${RUNS} runs, in the order of the columns: ${CELLS.map(({ of }) => of).join('; ')}. All are told when streams should end, and ours alone has a way to know WebSockets. A subject has 2 s to end, where it knows a limit, and is killed half a second later. The floor is as under load.`,
  ours,
  peers,
  cells: CELLS.map(({ cell }) => cell),
  columns: [...CELLS.map(({ name, cell }) => lost(name, cell)), refused, forced, seconds, pastFloor, stalled],
  limitMs: 2_000,
  concurrency: 2,
  claims: [
    ...CELLS.map(({ name }) => isAtMost(OURS, name, 0, 'Not one request that reached the process is lost.')),
    isAtMost(OURS, REFUSED, 0, 'Not one request that reached the process is refused.'),
    isAtMost(OURS, FORCED, 0, 'No kind of connection blocks the end.'),
    isAtMost(OURS, PAST_FLOOR, 50, 'Nobody should wait for an end that waits for nobody.'),
  ],
})
