import { createLatencies, type LatencyNumbers } from '../load/latency.ts'
import { createLoopNumbers, type OutcomeCounts, runOpenLoop } from '../load/open-loop.ts'
import { createSchedule } from '../load/schedule.ts'
import { createOverloadClient } from './client.ts'
import type { OverloadServer } from './servers.ts'
import { createTimeline } from './timeline.ts'

/** How one server is loaded once. */
export interface SliceOptions {
  /** Requests per second, on average. They come independently of each other. */
  readonly ratePerSecond: number
  /** Milliseconds in which the subject may still find its balance: told apart. A multiple of a stretch. */
  readonly rampMs: number
  /** Milliseconds after those. A multiple of a stretch, at least two of them. */
  readonly steadyMs: number
  /** Milliseconds of a stretch: a second, unless all of it is shorter. */
  readonly stretchMs: number
  /** Milliseconds from its intended start after which an answer is worth nothing. */
  readonly deadlineMs: number
  /**
   * The most connections: far more than any server here answers within the deadline. What has none waits in the driver.
   *
   * @defaultValue `1_200`
   */
  readonly connections?: number | undefined
  /** The same seed gives the same arrivals. */
  readonly seed: number
}

/** What became of it. */
export interface SliceReport {
  /** Answered in time in each stretch of the ramp. */
  readonly ramp: readonly number[]
  /** Answered in time in each stretch after it. */
  readonly steady: readonly number[]
  /** Refused in each stretch, of both. */
  readonly refused: readonly number[]
  /** What became of the requests that were due after the ramp. */
  readonly outcomes: OutcomeCounts
  /** Requests that were refused, of all. */
  readonly refusedInAll: number
  /** Requests in all. */
  readonly requests: number
  /** Milliseconds from the intended start of those that were due after the ramp and answered in time; zeros if none was. */
  readonly accepted: LatencyNumbers
  /** Milliseconds that the driver sent later than it should have. */
  readonly lag: LatencyNumbers
  /** Milliseconds of the server's CPU. */
  readonly cpuMs: number
  /** Milliseconds of the driver's CPU. */
  readonly driverCpuMs: number
}

/** Milliseconds that the driver may be late, in all but one of a hundred requests. */
export const MAX_LAG_MS = 20

/** How often a slice is begun, at most. */
const MAX_TRIES = 3

const CONNECTIONS = 1_200
/** Between turns, of a stretch. */
const REST = 0.15

/**
 * Loads one server, and waits until it has nothing to do any more.
 *
 * @param server The server.
 * @param options How.
 */
export async function runSlice(server: OverloadServer, options: SliceOptions): Promise<SliceReport> {
  const { ratePerSecond, rampMs, steadyMs, stretchMs, deadlineMs, connections = CONNECTIONS, seed } = options
  const durationMs = rampMs + steadyMs
  const starts = createSchedule({ ratePerSecond, durationMs, arrivals: 'poisson', seed })
  const client = createOverloadClient({ port: server.port, connections, deadlineMs })
  const timeline = createTimeline(Math.round(durationMs / stretchMs), stretchMs)
  const numbers = createLoopNumbers()
  const outcomes: OutcomeCounts = { ok: 0, refused: 0, failed: 0, late: 0, unsent: 0 }
  const accepted = createLatencies()
  const lag = createLatencies()
  globalThis.gc?.({ type: 'minor' })
  const before = await server.state()
  const driverCpu = process.cpuUsage()
  const beganMs = performance.now()
  try {
    await runOpenLoop({
      starts,
      send: (index) => client.send(beganMs + (starts[index] as number)),
      timeoutMs: deadlineMs,
      maxPending: Number.POSITIVE_INFINITY,
      into: [numbers],
      watch: {
        sending: lag.record,
        settled(dueMs, tookMs, outcome) {
          timeline.add(dueMs + tookMs, outcome)
          if (dueMs < rampMs) return
          outcomes[outcome]++
          if (outcome === 'ok') accepted.record(tookMs)
        },
      },
    })
  } finally {
    await client.close()
  }
  const { user, system } = process.cpuUsage(driverCpu)
  const after = await server.state()
  await server.quiet(REST * stretchMs)
  const rampStretches = Math.round(rampMs / stretchMs)
  return {
    ramp: timeline.ok.slice(0, rampStretches),
    steady: timeline.ok.slice(rampStretches),
    refused: timeline.refused,
    outcomes,
    refusedInAll: numbers.outcomes.refused,
    requests: starts.length,
    accepted: accepted.numbers(),
    lag: lag.numbers(),
    cpuMs: after.cpuMs - before.cpuMs,
    driverCpuMs: (user + system) / 1_000,
  }
}

/**
 * The same, again where the driver was late: the machine stood still, or did something else. What the subject did in
 * that time says nothing about it, whichever it was.
 *
 * @param server The server.
 * @param options How.
 * @returns The first slice in which the driver was in time, or the last one if it never was.
 */
export async function runFairSlice(server: OverloadServer, options: SliceOptions): Promise<SliceReport> {
  let slice = await runSlice(server, options)
  for (let tries = 1; tries < MAX_TRIES && slice.lag.p99 > MAX_LAG_MS; tries++) {
    process.stderr.write(`again, as the driver was ${slice.lag.p99.toFixed(0)} ms late at "${server.name}"\n`)
    slice = await runSlice(server, options)
  }
  return slice
}
