import { type FigureGroup, isAtMost, isBetween } from '../../src/figures/group.ts'
import type { Cell } from '../../src/shutdown/cell.ts'
import { afterSecond, exitStatus, lost, pastLimit, skippedHooks, stalled } from '../../src/shutdown/columns.ts'
import { createShutdownGroup } from '../../src/shutdown/group.ts'
import { RUNS } from '../../src/shutdown/play.ts'
import { OURS, ours, peers } from './subjects.ts'

const LIMIT_MS = 1_500

const hang = { scenario: 'hook-hang' } as const satisfies Cell
const block = { scenario: 'hook-block' } as const satisfies Cell
const fails = { scenario: 'hook-throw' } as const satisfies Cell
const loaded = { scenario: 'start-loaded' } as const satisfies Cell
const pending = { scenario: 'start-pending' } as const satisfies Cell
const second = { scenario: 'second-signal' } as const satisfies Cell
const crash = { scenario: 'crash' } as const satisfies Cell
const reject = { scenario: 'reject' } as const satisfies Cell

const HANG_MS = 'hook hangs: ms past the limit'
const HANG_STATUS = 'hook hangs: status'
const BLOCK_MS = 'loop blocked: ms past the limit'
const BLOCK_STATUS = 'loop blocked: status'
const THROW_STATUS = 'hook throws: status'
const START = 'signal before listening: hooks not run'
const SECOND_MS = 'second signal: ms to the end'
const CRASH = 'uncaught error: lost'
const CRASH_STATUS = 'uncaught error: status'
const REJECT = 'unhandled rejection: lost'

/** How it ends when things go wrong. */
export const ends: FigureGroup = createShutdownGroup({
  id: 'ends',
  title: 'When the end goes wrong',
  about: `Of ${RUNS} runs each, the worst. A subject has 1.5 s to end, where it knows a limit, and is killed half a second later: 500 ms past the limit are a process that never ended. Status is what a shell shows: 137 is killed, 143 ended by the signal, and 0 says that all went well. Before it listens there are ${2 * RUNS} runs, at the begin of a slow start and in the middle of it. After an error that nobody caught, what 16 clients have sent is counted.`,
  ours,
  peers,
  cells: [hang, block, fails, loaded, pending, second, crash, reject],
  columns: [
    pastLimit(HANG_MS, hang, LIMIT_MS),
    exitStatus(HANG_STATUS, hang),
    pastLimit(BLOCK_MS, block, LIMIT_MS),
    exitStatus(BLOCK_STATUS, block),
    exitStatus(THROW_STATUS, fails),
    skippedHooks(START, [loaded, pending]),
    afterSecond(SECOND_MS, second),
    lost(CRASH, crash),
    exitStatus(CRASH_STATUS, crash),
    lost(REJECT, reject),
    stalled,
  ],
  limitMs: LIMIT_MS,
  concurrency: 2,
  claims: [
    isAtMost(OURS, HANG_MS, 100, 'A hook that hangs must not hold the process.'),
    isBetween(OURS, HANG_STATUS, 70, 70, 'Something was cut, and the exit code says so.'),
    isAtMost(OURS, BLOCK_MS, 100, 'Nor may one that blocks the event loop, where no timer comes.'),
    isBetween(OURS, BLOCK_STATUS, 70, 70, 'Something was cut, and the exit code says so.'),
    isBetween(OURS, THROW_STATUS, 1, 1, 'Something failed, and the exit code says so.'),
    isAtMost(OURS, START, 0, 'What was opened before it listens is closed, too.'),
    isAtMost(OURS, SECOND_MS, 100, 'Who asks twice does not want to wait.'),
    isAtMost(OURS, CRASH, 0, 'What others sent is answered, if that takes a moment.'),
    isBetween(OURS, CRASH_STATUS, 1, 1, 'It failed, and the exit code says so.'),
    isAtMost(OURS, REJECT, 0, 'What others sent is answered, if that takes a moment.'),
  ],
})
