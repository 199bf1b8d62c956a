// node benchmarks/src/overload/play.ts <kinds> <rates> [subjects]
//
// Overloads one server after the other by hand, such as `cpu 2` or `cpu,pool 2,10 ours,none --seconds 6`, and prints what
// came of it. Kinds: cpu, pool, mixed. Rates are multiples of the capacity. Subjects are found by a part of their names,
// `ours` is ours; all of them if none is named. Nothing is kept.
//
//   --seconds 8        of load for each, the ramp included
//   --ramp 2           seconds that are shown apart
//   --rounds 1         how often each takes its turn
//   --seed 1           other arrivals
//   --capacity 480     requests per second, instead of measuring it; then --p99 4 is the unloaded one, in milliseconds
//   --steps 1500        of computing per millisecond, instead of measuring it
//   --report           prints what each subject says of itself at the end
//
// OVERLOAD_MONITOR='{"…": 1}' gives options to createMonitor.
import { parseArgs } from 'node:util'
import { AGAIN, again, NONE, none, OURS, ours, peers } from '../../load/overload/subjects.ts'
import { shuffled } from '../interleave.ts'
import { type Baseline, measureBaseline } from './baseline.ts'
import { database } from './database.ts'
import { KINDS, type Kind, toKind } from './kinds.ts'
import type { ServerTask } from './messages.ts'
import { startOverloadServer } from './servers.ts'
import { MAX_LAG_MS, runSlice, type SliceReport } from './slice.ts'
import type { OverloadSubject } from './subject.ts'
import { toSteadiness } from './timeline.ts'
import { warmUpDriver } from './warm-up.ts'
import { stepsPerMs } from './work.ts'

const SUBJECTS = [ours, again, ...peers]
const DEADLINE_MS = 1_000
const STRETCH_MS = 1_000
const WARM_UP_MS = 1_000
const DRIVER_MS = 3_000

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '8' },
    ramp: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    capacity: { type: 'string' },
    p99: { type: 'string' },
    steps: { type: 'string' },
    report: { type: 'boolean', default: false },
  },
})

const seed = Number(values.seed)
const rampSeconds = Number(values.ramp)
const steadySeconds = Number(values.seconds) - rampSeconds

async function main(): Promise<void> {
  const [kinds = Object.keys(KINDS).join(), rates = '0.7,1,2,4,10', names = ''] = positionals
  if (!(steadySeconds >= 2)) throw new RangeError('Expected `--seconds` to be at least 2 more than `--ramp`')
  const steps = values.steps === undefined ? stepsPerMs() : Number(values.steps)
  const subjects = SUBJECTS.filter(({ name }) => names.split(',').some((part) => isMeant(name, part)))
  if (subjects.length === 0) throw new RangeError(`Cannot find "${names}": ${SUBJECTS.map(({ name }) => name).join()}`)
  for (const kind of kinds.split(',').map(toKind)) await playKind(kind, rates.split(',').map(Number), steps, subjects)
}

function isMeant(name: string, part: string): boolean {
  if (part === '') return true
  if (part === 'ours') return name === OURS
  if (part === 'again') return name === AGAIN
  return name !== OURS && name !== AGAIN && name.includes(part === 'oracle' ? 'by hand' : part)
}

async function playKind(
  kind: Kind,
  rates: readonly number[],
  steps: number,
  subjects: readonly OverloadSubject[],
): Promise<void> {
  const task: Omit<ServerTask, 'script'> = {
    kind: kind.name,
    stepsPerMs: steps,
    databaseUrl: kind.queryMs > 0 ? await database.url() : '',
  }
  await warmUpDriver(none, task, DRIVER_MS)
  const baseline = await baselineOf(task)
  const { capacityPerSecond, unloadedP99Ms } = baseline
  const flags = `--capacity ${capacityPerSecond.toFixed(0)} --p99 ${unloadedP99Ms.toFixed(2)} --steps ${steps}`
  say(`${kind.name}: ${NONE} answers ${capacityPerSecond.toFixed(0)}/s, unloaded p99 ${unloadedP99Ms.toFixed(2)} ms`)
  say(`the same again without measuring: ${flags}`)
  for (const rate of rates) {
    say(`\n${kind.name} at ${rate}x, ${(rate * capacityPerSecond).toFixed(0)}/s`)
    for (let round = 0; round < Number(values.rounds); round++)
      for (const subject of shuffled(subjects, seed + round)) await play(subject, task, rate, round, baseline)
  }
}

async function baselineOf(task: Omit<ServerTask, 'script'>): Promise<Baseline> {
  const options = {
    warmUpMs: WARM_UP_MS,
    stretchMs: STRETCH_MS,
    stretches: 5,
    unloadedMs: 6_000,
    deadlineMs: DEADLINE_MS,
  }
  if (values.capacity === undefined) return measureBaseline(none, task, options)
  return { capacityPerSecond: Number(values.capacity), unloadedP99Ms: Number(values.p99 ?? Number.NaN) }
}

async function play(
  subject: OverloadSubject,
  task: Omit<ServerTask, 'script'>,
  rate: number,
  round: number,
  baseline: Baseline,
): Promise<void> {
  const server = await startOverloadServer(subject, task)
  const common = { stretchMs: STRETCH_MS, deadlineMs: DEADLINE_MS, seed: seed + round }
  try {
    // Compiles the code, and lets the pool connect.
    const warmUp = { ratePerSecond: baseline.capacityPerSecond / 2, rampMs: 0, steadyMs: WARM_UP_MS }
    await runSlice(server, { ...common, ...warmUp })
    const ratePerSecond = rate * baseline.capacityPerSecond
    const times = { rampMs: rampSeconds * 1_000, steadyMs: steadySeconds * 1_000 }
    show(subject.name, await runSlice(server, { ...common, ratePerSecond, ...times }), baseline)
    if (values.report) say(`    says: ${JSON.stringify((await server.state('report')).report)}`)
  } finally {
    await server.stop()
  }
}

function show(name: string, slice: SliceReport, { capacityPerSecond, unloadedP99Ms }: Baseline): void {
  const { ramp, steady, refused, outcomes, refusedInAll, requests, accepted, lag, cpuMs, driverCpuMs } = slice
  const { perSecond, variationRatio } = toSteadiness([steady], STRETCH_MS)
  const due = Object.values(outcomes).reduce((sum, count) => sum + count, 0)
  const percent = (count: number, of: number): string => `${((100 * count) / of).toFixed(1)} %`
  const ms = (value: number): string => value.toFixed(1)
  const times = (accepted.p99 / unloadedP99Ms).toFixed(1)
  const share = (cpu: number): string => percent(cpu / 1_000, Number(values.seconds))
  const parts = [
    `goodput ${perSecond.toFixed(0)}/s = ${percent(perSecond, capacityPerSecond)}`,
    `variation ${percent(variationRatio, 1)}`,
    `p50 ${ms(accepted.p50)} ms, p99 ${ms(accepted.p99)} ms = ${times}x`,
    `refused ${percent(outcomes.refused, due)} (${refusedInAll} of ${requests} in all)`,
    `late ${percent(outcomes.late, due)}, failed ${outcomes.failed}`,
    `CPU of server ${share(cpuMs)}, driver ${share(driverCpuMs)}`,
    `driver late p50 ${ms(lag.p50)} p99 ${ms(lag.p99)} max ${ms(lag.max)} ms${lag.p99 > MAX_LAG_MS ? ', VOID' : ''}`,
  ]
  say(`${name.padEnd(27)} ${parts.join('; ')}`)
  say(`    goodput each second: ${ramp.join(' ')} | ${steady.join(' ')}`)
  say(`    refused each second: ${refused.slice(0, ramp.length).join(' ')} | ${refused.slice(ramp.length).join(' ')}`)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

// A server of PostgreSQL is held by a process that this one would wait for.
await main().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`[play] ${error instanceof Error ? error.message : error}\n`)
    process.exit(1)
  },
)
