import { measureCapacity } from './capacity.ts'
import { toKind } from './kinds.ts'
import type { ServerTask } from './messages.ts'
import { type OverloadServer, startOverloadServer } from './servers.ts'
import { runSlice } from './slice.ts'
import type { OverloadSubject } from './subject.ts'

/** What everybody in a run is compared with. Measured of a server that sheds nothing. */
export interface Baseline {
  /** Requests per second that it can answer. */
  readonly capacityPerSecond: number
  /** Milliseconds for all but one of a hundred requests, at {@link UNLOADED} of that. */
  readonly unloadedP99Ms: number
}

/** How a baseline is measured. */
export interface BaselineOptions {
  /** Milliseconds before anything is counted. */
  readonly warmUpMs: number
  /** Milliseconds of a stretch. */
  readonly stretchMs: number
  /** Stretches of which the capacity is the middle. */
  readonly stretches: number
  /** Milliseconds of low load. */
  readonly unloadedMs: number
  /** Milliseconds from its intended start after which an answer is worth nothing. */
  readonly deadlineMs: number
}

/** The share of the capacity at which nothing waits for anything. */
const UNLOADED = 0.1
const SEED = 7

/**
 * Measures a baseline.
 *
 * @param subject Sheds nothing.
 * @param task What its server does.
 * @param options How long.
 */
export async function measureBaseline(
  subject: OverloadSubject,
  task: Omit<ServerTask, 'script'>,
  options: BaselineOptions,
): Promise<Baseline> {
  const server = await startOverloadServer(subject, task)
  try {
    const capacityPerSecond = await measureCapacity(server, {
      ...options,
      concurrency: toKind(task.kind).closedLoop,
    })
    return { capacityPerSecond, unloadedP99Ms: await measureUnloaded(server, capacityPerSecond, options) }
  } finally {
    await server.stop()
  }
}

async function measureUnloaded(
  server: OverloadServer,
  capacityPerSecond: number,
  { unloadedMs, deadlineMs }: BaselineOptions,
): Promise<number> {
  const { accepted, outcomes } = await runSlice(server, {
    ratePerSecond: capacityPerSecond * UNLOADED,
    rampMs: 0,
    steadyMs: unloadedMs,
    stretchMs: unloadedMs,
    deadlineMs,
    seed: SEED,
  })
  if (outcomes.ok > 0) return accepted.p99
  throw new Error('Cannot compare with an unloaded server as that answered nothing')
}
