import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, startPostgres } from '@breakwater/testing/services'
import { interleave } from '../../interleave.ts'
import { type Round, ratioOf, type Spread, toSpread } from '../../statistics.ts'
import { machineNow } from '../clock.ts'
import type { Call } from '../history.ts'
import type { LoadProcess } from '../load/load-processes.ts'
import { startLoadProcess } from '../load/load-processes.ts'
import type { KnownTask, MixName } from '../load/mix.ts'
import type { ProveSettings } from '../settings.ts'
import { openArchive } from '../stored.ts'
import { preciseCpuMs } from '../usage.ts'
import { type OverheadServer, startOverheadServer } from './servers.ts'

/** What packages cost under one kind of load. */
export interface OverheadLoad {
  readonly mix: MixName
  readonly title: string
  /** Microseconds of the server's CPU per request. */
  readonly withUs: number
  readonly withoutUs: number
  /** The one over the other, in percent above: the middle of all turns. */
  readonly addedPercent: number
  /** The true middle lies between these, at least 19 times of 20. */
  readonly fromPercent: number
  readonly toPercent: number
  /** Each server over its twin. */
  readonly control: readonly Spread[]
}

/** What packages cost. */
export interface OverheadReport {
  readonly loads: readonly OverheadLoad[]
  /** Whether twins differed by too much for the first load to mean anything. */
  readonly isVoid: boolean
}

const LOADS: readonly (readonly [MixName, string])[] = [
  ['all', 'The load of the runs: four reads for each write'],
  ['writes', 'Writes alone: a cache only costs there'],
  ['misses', 'Reads of tasks that are not there: no cache has them'],
]
const NAMES = { with: 'with', again: 'with, again', without: 'without', withoutAgain: 'without, again' } as const
const TOLERANCE_RATIO = 0.1
const USERS = 50
const BOARDS = 5
const TASKS_EACH = 100
const LEAD_MS = 50
/** What is not over yet when the last answer has come. */
const REST_MS = 30
/** Where the machine stood still for a moment, what came together is refused: such a turn is done again, at most so often. */
const TRIES = 8
/** Until what was too much is forgotten. */
const TRY_AGAIN_MS = 500

interface Subject {
  readonly name: string
  readonly server: OverheadServer
  readonly users: LoadProcess
  readonly tasks: readonly KnownTask[]
  readonly boards: readonly string[]
}

/**
 * Compares the server with one of the same routes, checks and statements, and without packages: in turns, each twice. Both have an own
 * database on one PostgreSQL, no Redis, and write no access lines.
 *
 * @param settings How thoroughly.
 * @param signal Ends it early.
 * @param say Told how far it is.
 */
export async function measureOverhead(
  settings: ProveSettings,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<OverheadReport> {
  const postgres = await startPostgres({ own: true, settings: { shared_buffers: '128MB', max_connections: '150' } })
  if ('skip' in postgres) throw new Error(`Cannot compare as there is no PostgreSQL: ${postgres.skip}`)
  const subjects: Subject[] = []
  try {
    for (const name of Object.values(NAMES))
      subjects.push(await startSubject(name, await postgres.createDatabase(), settings))
    const loads: OverheadLoad[] = []
    for (const [index, [mix, title]] of LOADS.entries()) {
      say(`${title} (${settings.turns} turns of 4 servers)`)
      for (const subject of subjects) await turn(subject, mix, settings, index)
      const rounds = await interleave(subjects, settings.turns, index * 1_000, (subject, round) => {
        signal.throwIfAborted()
        return turn(subject, mix, settings, 100 * index + round + 1)
      })
      loads.push(toLoad(mix, title, rounds))
    }
    const isOff = ({ from, to }: Spread): boolean => from < 1 - TOLERANCE_RATIO || to > 1 + TOLERANCE_RATIO
    return { loads, isVoid: loads[0]?.control.some(isOff) ?? true }
  } finally {
    await Promise.all(subjects.flatMap(({ server, users }) => [users.stop(), server.stop()]))
    await postgres.stop()
  }
}

async function startSubject(name: string, databaseUrl: string, settings: ProveSettings): Promise<Subject> {
  const server = await startOverheadServer(name.startsWith('without') ? 'bare' : 'whole', databaseUrl, await freePort())
  try {
    const archive = await openArchive(databaseUrl)
    const boards = Array.from({ length: BOARDS }, (_, index) => `board-${index}`)
    for (const board of boards) await archive.add(board, TASKS_EACH)
    const { tasks } = await archive.read()
    await archive.close()
    const task = { kind: 'http', url: server.url, users: USERS, timeoutMs: settings.timeoutMs } as const
    const users = await startLoadProcess(name, task)
    return { name, server, users, boards, tasks: [...tasks].map(([id, { board }]) => ({ id, board })) }
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** Microseconds of CPU per request. */
async function turn(subject: Subject, mix: MixName, settings: ProveSettings, seed: number): Promise<number> {
  let wrong: readonly Call[] = []
  for (let tries = 0; tries < TRIES; tries++) {
    const { us, calls } = await load(subject, mix, settings, seed)
    wrong = calls.filter(({ outcome }) => outcome !== 'ok')
    if (wrong.length <= calls.length / 100) return us
    await sleep(TRY_AGAIN_MS)
  }
  throw new Error(
    `Cannot compare "${subject.name}" as ${wrong.length} requests went wrong ${TRIES} times in a row: ${wrong[0]?.status}`,
  )
}

async function load(
  { server, users, tasks, boards }: Subject,
  mix: MixName,
  { turnMs, turnRate }: ProveSettings,
  seed: number,
): Promise<{ readonly us: number; readonly calls: readonly Call[] }> {
  const stretches = [{ ratePerSecond: turnRate, durationMs: turnMs }]
  const before = preciseCpuMs(server.pid)
  const { calls } = await users.run(
    { startAtMs: machineNow() + LEAD_MS, mix, stretches, seed, tasks, boards },
    () => {},
  )
  await sleep(REST_MS)
  const spentMs = preciseCpuMs(server.pid) - before
  return { us: (spentMs * 1_000) / calls.length, calls }
}

function toLoad(mix: MixName, title: string, rounds: readonly Round[]): OverheadLoad {
  // Both of each kind, so that what makes twins differ counts less.
  const pooled = rounds.map((round) => ({
    with: ((round[NAMES.with] as number) + (round[NAMES.again] as number)) / 2,
    without: ((round[NAMES.without] as number) + (round[NAMES.withoutAgain] as number)) / 2,
  }))
  const ratio = ratioOf(pooled, 'with', 'without')
  const percent = (value: number): number => (value - 1) * 100
  return {
    mix,
    title,
    withUs: toSpread(pooled.map((round) => round.with)).median,
    withoutUs: toSpread(pooled.map(({ without }) => without)).median,
    addedPercent: percent(ratio.median),
    fromPercent: percent(ratio.from),
    toPercent: percent(ratio.to),
    control: [ratioOf(rounds, NAMES.again, NAMES.with), ratioOf(rounds, NAMES.withoutAgain, NAMES.without)],
  }
}
