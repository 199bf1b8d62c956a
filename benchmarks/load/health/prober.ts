import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What is probed, and when. */
export interface ProberTask {
  /** What is asked. */
  readonly url: string
  /** Milliseconds until the first probe. */
  readonly delayMs: number
  /** Milliseconds from one to the next, whether or not it was answered. */
  readonly everyMs: number
  /** Milliseconds that each may take. */
  readonly limitMs: number
  /** How many. */
  readonly count: number
}

const ENTRY = fileURLToPath(new URL('prober-process.ts', import.meta.url))
const EXTRA_MS = 10_000

/**
 * Probes from a process of its own, so that nobody else's work counts.
 *
 * @param task What, and when.
 * @returns Milliseconds that each probe took; `null` of one that failed.
 */
export async function runProber(task: ProberTask): Promise<readonly (number | null)[]> {
  const limitMs = task.delayMs + task.everyMs * task.count + task.limitMs + EXTRA_MS
  const child = fork(ENTRY, [JSON.stringify(task)])
  try {
    const [tookMs] = await once(child, 'message', { signal: AbortSignal.timeout(limitMs) })
    return tookMs
  } finally {
    child.kill('SIGKILL')
  }
}
