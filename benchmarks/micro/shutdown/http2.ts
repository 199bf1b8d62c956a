import { type FigureGroup, isAtMost } from '../../src/figures/group.ts'
import type { Cell } from '../../src/shutdown/cell.ts'
import {
  forced,
  lost,
  PAST_FLOOR,
  pastFloor,
  REFUSED,
  refused,
  seconds,
  skippedHooks,
  stalled,
  turnedAway,
} from '../../src/shutdown/columns.ts'
import { createShutdownGroup } from '../../src/shutdown/group.ts'
import { RUNS } from '../../src/shutdown/play.ts'
import { OURS, ours, peers } from './subjects.ts'

const CELLS = [
  { name: 'TLS', cell: { scenario: 'http2', roundTripMs: 0 } },
  { name: 'TLS, 50 ms', cell: { scenario: 'http2', roundTripMs: 50 } },
  { name: 'plain', cell: { scenario: 'h2c', roundTripMs: 0 } },
  { name: 'plain, 50 ms', cell: { scenario: 'h2c', roundTripMs: 50 } },
] as const satisfies readonly { readonly name: string; readonly cell: Cell }[]

const SKIPPED = 'hooks not run'
const awayOf = (name: string): string => `${name}: turned away`

/** SIGTERM with streams under way. */
export const streams: FigureGroup = createShutdownGroup({
  id: 'http2',
  title: 'SIGTERM under load, HTTP/2',
  about: `Streams that were never answered, in ${RUNS} runs each: 32 at a time in 4 sessions, which take 5 to 40 ms. Turned away is what the server left by GOAWAY or REFUSED_STREAM: not served, and safe to be sent to somebody else. A hook not run is a process that ended before. Limits and floor are as under load.`,
  ours,
  peers,
  cells: CELLS.map(({ cell }) => cell),
  columns: [
    ...CELLS.flatMap(({ name, cell }) => [lost(name, cell), turnedAway(awayOf(name), cell)]),
    refused,
    skippedHooks(
      SKIPPED,
      CELLS.map(({ cell }) => cell),
    ),
    forced,
    seconds,
    pastFloor,
    stalled,
  ],
  limitMs: 2_000,
  concurrency: 1,
  claims: [
    ...CELLS.map(({ name }) => isAtMost(OURS, name, 0, 'Not one stream that was begun is lost.')),
    ...CELLS.map(({ name }) =>
      isAtMost(OURS, awayOf(name), 0, 'What is sent while nobody was told to stop is served.'),
    ),
    isAtMost(OURS, REFUSED, 0, 'Nobody is answered that there is nobody.'),
    isAtMost(OURS, SKIPPED, 0, 'A database is closed, whatever clients do.'),
    isAtMost(OURS, PAST_FLOOR, 50, 'Nobody should wait for an end that waits for nobody.'),
  ],
})
