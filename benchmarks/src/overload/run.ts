import type { Taken } from '../figures/group.ts'
import { shuffled } from '../interleave.ts'
import type { Round } from '../statistics.ts'
import { type Baseline, measureBaseline } from './baseline.ts'
import { measureCapacity } from './capacity.ts'
import { database } from './database.ts'
import { RATES, type Seen, toFigures } from './figures.ts'
import { type Kind, toKind } from './kinds.ts'
import type { ServerTask } from './messages.ts'
import type { Plan } from './plan.ts'
import { type OverloadServer, startOverloadServer } from './servers.ts'
import { runFairSlice, runSlice, type SliceReport } from './slice.ts'
import type { OverloadSubject } from './subject.ts'
import { warmUpDriver } from './warm-up.ts'
import { stepsPerMs } from './work.ts'

/** Who takes part. */
export interface Field {
  /** Everybody who is overloaded. */
  readonly subjects: readonly OverloadSubject[]
  /** The one that sheds nothing, which shows the capacity. */
  readonly none: OverloadSubject
  /** The one whose goodput the others' is compared with. */
  readonly oracle: OverloadSubject
}

/** What was taken at one rate, and the capacity just before. */
interface Turn {
  readonly capacityPerSecond: number
  readonly slices: ReadonlyMap<string, SliceReport>
}

type Turns = ReadonlyMap<number, Turn>

/** How far the seeds of two rounds are apart. */
const SEEDS = 1_000
/** Hardly any work, on a machine that has other work to do. */
const SAMPLE_STEPS_PER_MS = 50
/** Of the capacity: what warms up without overloading anybody. */
const WARM_UP_RATE = 0.5

/**
 * Overloads everybody with one kind of load, in turns at each rate: all at one rate, in an order of its own, then all at
 * the next. Servers of a round run all the time, and are new in the next one. Rates go up in one round and down in the
 * next: who was just overloaded should know when that is over.
 *
 * @param field Who takes part.
 * @param kind The load.
 * @param plan How long.
 */
export async function runKind(field: Field, kind: Kind, plan: Plan): Promise<Taken> {
  const task = await toTask(kind, stepsPerMs())
  await warmUpDriver(field.none, task, plan.driverMs)
  const baseline = await baselineOf(field.none, task, plan)
  const taken: Record<string, Round[]> = Object.fromEntries(field.subjects.map(({ name }) => [name, []]))
  for (let round = 0; round < plan.rounds; round++) {
    const rates = round % 2 === 0 ? RATES : RATES.toReversed()
    const turns = await runRound(field, rates, task, plan, baseline, round * SEEDS)
    for (const { name } of field.subjects) taken[name]?.push(toFigures(toSeen(turns, name, field, baseline, plan)))
  }
  return taken
}

/**
 * Overloads one server for a moment, and takes the figures of all rates from that: shows that it can be done at all.
 *
 * @param subject The server.
 * @param kind The load.
 * @param plan How long.
 */
export async function sampleKind(subject: OverloadSubject, kind: Kind, plan: Plan): Promise<Round> {
  const server = await startOverloadServer(subject, await toTask(kind, SAMPLE_STEPS_PER_MS))
  const baseline: Baseline = { capacityPerSecond: 100, unloadedP99Ms: 1 }
  try {
    const slice = await runSlice(server, { ...plan, ratePerSecond: baseline.capacityPerSecond, seed: 1 })
    if (slice.outcomes.failed > 0) throw new Error(`Cannot overload "${subject.name}" as it fails`)
    return toFigures(new Map(RATES.map((rate) => [rate, { ...plan, slice, oracle: slice, baseline }])))
  } finally {
    await server.stop()
  }
}

async function toTask({ name, queryMs }: Kind, stepsPerMs: number): Promise<Omit<ServerTask, 'script'>> {
  return { kind: name, stepsPerMs, databaseUrl: queryMs > 0 ? await database.url() : '' }
}

function baselineOf(none: OverloadSubject, task: Omit<ServerTask, 'script'>, plan: Plan): Promise<Baseline> {
  return measureBaseline(none, task, { ...plan, stretches: plan.capacityStretches })
}

async function runRound(
  { subjects, none }: Field,
  rates: readonly number[],
  task: Omit<ServerTask, 'script'>,
  plan: Plan,
  { capacityPerSecond }: Baseline,
  seed: number,
): Promise<Turns> {
  const servers: OverloadServer[] = []
  try {
    const started = await Promise.allSettled(subjects.map((subject) => startOverloadServer(subject, task)))
    for (const each of started) if (each.status === 'fulfilled') servers.push(each.value)
    for (const each of started) if (each.status === 'rejected') throw each.reason
    const warmUp = { ratePerSecond: WARM_UP_RATE * capacityPerSecond, rampMs: 0, steadyMs: plan.warmUpMs }
    for (const server of servers) await runSlice(server, { ...plan, ...warmUp, seed })
    const turns = new Map<number, Turn>()
    for (const rate of rates) {
      const idle = servers.find(({ name }) => name === none.name) as OverloadServer
      const capacityNow = await capacityOf(idle, task, plan)
      const slices = new Map<string, SliceReport>()
      turns.set(rate, { capacityPerSecond: capacityNow, slices })
      const load = {
        ratePerSecond: rate * capacityNow,
        rampMs: rate > 1 ? plan.rampMs : plan.stretchMs,
        steadyMs: rate > 1 ? plan.steadyMs : plan.calmMs,
      }
      for (const server of shuffled(servers, seed + 10 * rate))
        slices.set(server.name, await runFairSlice(server, { ...plan, ...load, seed }))
    }
    return turns
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}

/** Measured anew before each rate: a machine that others use, too, is not always as fast. */
function capacityOf(server: OverloadServer, { kind }: Omit<ServerTask, 'script'>, plan: Plan): Promise<number> {
  return measureCapacity(server, { ...plan, stretches: plan.capacityStretches, concurrency: toKind(kind).closedLoop })
}

function toSeen(
  turns: Turns,
  name: string,
  { oracle }: Field,
  { unloadedP99Ms }: Baseline,
  { stretchMs, deadlineMs }: Plan,
): ReadonlyMap<number, Seen> {
  return new Map(
    [...turns].map(([rate, { capacityPerSecond, slices }]) => {
      const slice = slices.get(name) as SliceReport
      const baseline = { capacityPerSecond, unloadedP99Ms }
      return [rate, { slice, oracle: slices.get(oracle.name) as SliceReport, baseline, stretchMs, deadlineMs }]
    }),
  )
}
