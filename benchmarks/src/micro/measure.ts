import { Bench, type TimestampProvider } from 'tinybench'
import { type Entry, entriesOf } from '../group.ts'
import { interleave, shuffled } from '../interleave.ts'
import type { Round } from '../statistics.ts'
import { verifyMicro } from '../verify.ts'
import { allocatedBytes } from './allocation.ts'
import type { MicroGroup, MicroSubject, Workload } from './subject.ts'

/** How long is measured. */
export interface MicroSettings {
  /** How often all subjects of a group are measured in one process. */
  readonly rounds: number
  /** Milliseconds of CPU that each subject gets in each round. */
  readonly sliceMs: number
  /** Milliseconds of CPU that each subject gets before the first round, so that it is compiled by then. */
  readonly warmUpMs: number
}

/** What one process measured of a group. */
export interface MicroMeasured {
  /** Nanoseconds of CPU per operation. */
  readonly rounds: readonly Round[]
  /** Bytes of heap per operation. */
  readonly bytes: Round
}

interface Prepared extends Entry<MicroSubject> {
  readonly workload: Workload
  readonly isAsync: boolean
  /** How many operations make one sample. */
  readonly times: number
}

/**
 * The CPU time of this process, of all its threads: unlike a clock it stands still while other processes have the
 * core, and unlike one thread's time it includes what the garbage collector does aside.
 */
const cpuTime: TimestampProvider = {
  name: 'CPU time of the process',
  fn: cpuMs,
  toMs: Number,
  fromMs: (ms) => ms,
}

/** One sample should take this long: CPU time is told in microseconds. */
const SAMPLE_MS = 0.25
const MIN_SAMPLES = 8

/**
 * Measures a group in this process.
 *
 * Slices are averaged, not their medians taken, so that collecting garbage is paid by who made it.
 *
 * @param group The group. Verified first.
 * @param settings How long.
 * @param seed Decides who is compiled and measured before whom.
 */
export async function measureMicro(group: MicroGroup, settings: MicroSettings, seed: number): Promise<MicroMeasured> {
  await verifyMicro(group)
  const { rounds, sliceMs, warmUpMs } = settings
  const prepared = await prepareAll(shuffled(entriesOf(group), seed), warmUpMs)
  const bench = new Bench({
    time: sliceMs,
    iterations: MIN_SAMPLES,
    warmup: false,
    throws: true,
    timestampProvider: cpuTime,
  })
  for (const { name, workload, times, isAsync } of prepared)
    bench.add(name, () => workload.run(times), { async: isAsync })

  const measured = await interleave(prepared, rounds, seed, async ({ name, times, isAsync }) => {
    const task = bench.getTask(name)
    if (task === undefined) throw new Error(`Cannot measure "${name}" as the bench does not know it`)
    // Full collections would age code that is not running just now, until the engine drops it.
    globalThis.gc?.({ type: 'minor' })
    task.reset()
    if (isAsync) await task.run()
    else task.runSync()
    const { result } = task
    if (result.state !== 'completed') throw new Error(`Cannot measure "${name}" as its task ${result.state}`)
    return (result.latency.mean * 1e6) / times
  })

  const bytes: Record<string, number> = {}
  for (const { name, workload } of prepared) bytes[name] = await allocatedBytes(workload)
  for (const { workload } of prepared) workload.close?.()
  return { rounds: measured, bytes }
}

/** Twice in turn, so that what subjects share has seen all of them before any is measured. */
async function prepareAll(entries: readonly Entry<MicroSubject>[], warmUpMs: number): Promise<Prepared[]> {
  const created = entries.map((entry) => ({ ...entry, workload: entry.subject.create() }))
  for (const { workload } of created) await warmUp(workload, warmUpMs / 2)
  const prepared: Prepared[] = []
  for (const entry of created) prepared.push({ ...entry, ...(await warmUp(entry.workload, warmUpMs / 2)) })
  return prepared
}

/** Runs for a while, and finds out how many operations fill a sample. */
async function warmUp(workload: Workload, forMs: number): Promise<{ times: number; isAsync: boolean }> {
  const untilMs = cpuMs() + forMs
  let times = 1
  let isAsync = false
  while (cpuMs() < untilMs) {
    const startMs = cpuMs()
    const done = workload.run(times)
    if (done !== undefined) {
      isAsync = true
      await done
    }
    if (cpuMs() - startMs < SAMPLE_MS) times *= 2
  }
  return { times, isAsync }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
