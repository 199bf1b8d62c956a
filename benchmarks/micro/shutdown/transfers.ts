import { type FigureGroup, isAtMost } from '../../src/figures/group.ts'
import type { Cell } from '../../src/shutdown/cell.ts'
import { FORCED, forced, lost, PAST_FLOOR, pastFloor, seconds, stalled } from '../../src/shutdown/columns.ts'
import { createShutdownGroup } from '../../src/shutdown/group.ts'
import { RUNS } from '../../src/shutdown/play.ts'
import { OURS, ours, peers } from './subjects.ts'

const CELLS = [
  { name: 'downloads', cell: { scenario: 'download' } },
  { name: 'slow readers', cell: { scenario: 'slow-reader' } },
  { name: 'uploads', cell: { scenario: 'upload' } },
] as const satisfies readonly { readonly name: string; readonly cell: Cell }[]

/** SIGTERM while much is under way. */
export const transfers: FigureGroup = createShutdownGroup({
  id: 'transfers',
  title: 'SIGTERM while much is under way',
  about: `Cut in ${RUNS} runs: of ${4 * RUNS} downloads that are written for another two seconds, of ${2 * RUNS} answers of 16 MiB that were written at once and are read over two seconds, and of ${4 * RUNS} uploads that take as long. A subject has 5 s to end, where it knows a limit, and is killed half a second later. The floor is as under load.`,
  ours,
  peers,
  cells: CELLS.map(({ cell }) => cell),
  columns: [...CELLS.map(({ name, cell }) => lost(name, cell)), forced, seconds, pastFloor, stalled],
  limitMs: 5_000,
  concurrency: 3,
  claims: [
    ...CELLS.map(({ name }) => isAtMost(OURS, name, 0, 'What is under way is finished.')),
    isAtMost(OURS, FORCED, 0, 'There is time enough.'),
    isAtMost(OURS, PAST_FLOOR, 50, 'Nobody should wait for an end that waits for nobody.'),
  ],
})
