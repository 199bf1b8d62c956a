import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a process does while nobody asks it anything. */
export interface Idleness {
  /** Times per second that a thread of it went to sleep, which is how often one was woken. */
  readonly wakeUpsPerSecond: number
  /** Of a core, from 0 to 1. */
  readonly cpuRatio: number
}

const THREADS = '/proc/self/task'
const MS = 1_000

/** Says why it cannot be measured here, if it cannot. */
export function whyNoWakeUps(): string | undefined {
  return existsSync(THREADS) ? undefined : 'Only Linux counts how often a thread was woken'
}

/**
 * Watches this process, while it waits for nothing but the end of it.
 *
 * @param forMs How long.
 */
export async function watchIdle(forMs: number): Promise<Idleness> {
  const startMs = performance.now()
  const cpu = process.cpuUsage()
  const before = switches()
  await sleep(forMs)
  const after = switches()
  const { user, system } = process.cpuUsage(cpu)
  const tookMs = performance.now() - startMs
  return { wakeUpsPerSecond: ((after - before) * MS) / tookMs, cpuRatio: (user + system) / MS / tookMs }
}

/** Of all threads: whoever moves its timer to another one wakes the process all the same. */
function switches(): number {
  let sum = 0
  for (const thread of readdirSync(THREADS)) sum += toSwitches(readFileSync(`${THREADS}/${thread}/status`, 'utf8'))
  return sum
}

/**
 * Reads how often a thread went to sleep by itself.
 *
 * @param status The text of `/proc/<pid>/status`.
 */
export function toSwitches(status: string): number {
  const [, count] = /^voluntary_ctxt_switches:\s*(\d+)$/m.exec(status) ?? []
  if (count === undefined) throw new TypeError('Expected `status` to tell the voluntary context switches')
  return Number(count)
}
