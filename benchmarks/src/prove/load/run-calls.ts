import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '@breakwater/testing/simulation'
import { runOpenLoop } from '../../load/open-loop.ts'
import { machineNow } from '../clock.ts'
import type { Call } from '../history.ts'
import type { LoadProgress, LoadReport, Stretch } from '../messages.ts'
import { createMix, type KnownTask, type MixName } from './mix.ts'
import { scheduleStretches } from './schedule.ts'

/** What is to be done. */
export interface CallPlan {
  /** By the machine's clock. */
  readonly startAtMs: number
  readonly stretches: readonly Stretch[]
  readonly seed: number
  readonly mix: MixName
  readonly tasks: readonly KnownTask[]
  readonly boards: readonly string[]
  readonly via: Call['via']
  /** How many take turns. */
  readonly clients: number
  /** Milliseconds from when a call was due, after which nobody waits for it any more. */
  readonly timeoutMs: number
  /** Sends one, and fills in what came of it. */
  send(call: Call): Promise<void>
  /** Told once a second. */
  tell(progress: Omit<LoadProgress, 'sockets'>): void
}

const TELL_EVERY_MS = 1_000
/** Over the time limit of a request. */
const DRAIN_LIMIT_MS = 15_000
/** All of them are users' own business: nothing is held back here. */
const MAX_PENDING = 100_000
/** What is written is told apart by process and time, also over several runs. */
const RUN = process.pid.toString(36)

/**
 * Loads, in an open loop.
 *
 * @param plan What, when and by whom.
 * @returns What every client did, in the order in which it was due.
 */
export async function runCalls(plan: CallPlan): Promise<LoadReport> {
  const { startAtMs, stretches, seed, via, clients, timeoutMs, send, tell } = plan
  const starts = scheduleStretches(stretches, seed)
  const mix = createMix(plan.mix, plan.tasks, plan.boards, createRandom(seed))
  const calls: Call[] = []
  const underWay = new Set<Promise<void>>()
  const lagsMs = new Float64Array(starts.length)
  const counts = { ok: 0, refused: 0, failed: 0 }
  let settled = 0
  let recent: number[] = []
  let titles = 0
  let beganMs = startAtMs

  async function start(index: number): Promise<'ok'> {
    const { method, board, id } = mix.next()
    const isWrite = method === 'create' || method === 'update'
    const call: Call = {
      via,
      client: index % clients,
      method,
      board,
      dueMs: beganMs + (starts[index] as number),
      status: 0,
      outcome: 'late',
      ...(id !== undefined && { id }),
      ...(isWrite && { title: `Load ${RUN} ${seed} ${++titles}` }),
    }
    calls.push(call)
    const sending = send(call)
    underWay.add(sending)
    await sending
    underWay.delete(sending)
    settled++
    recent.push(machineNow() - call.dueMs)
    if (call.outcome === 'ok' || call.outcome === 'refused') counts[call.outcome]++
    else counts.failed++
    if (method === 'create' && call.outcome === 'ok' && call.id !== undefined) mix.created({ id: call.id, board })
    return 'ok'
  }

  const timer = setInterval(() => {
    recent.sort((a, b) => a - b)
    tell({ ...counts, pending: calls.length - settled, p99Ms: recent[Math.floor(recent.length * 0.99)] ?? 0 })
    recent = []
  }, TELL_EVERY_MS)
  try {
    await sleep(Math.max(0, startAtMs - machineNow()))
    const before = process.cpuUsage()
    let sent = 0
    beganMs = machineNow()
    await runOpenLoop({
      starts,
      send: start,
      timeoutMs,
      maxPending: MAX_PENDING,
      into: [],
      watch: {
        sending(lagMs) {
          lagsMs[sent++] = lagMs
        },
        settled() {},
      },
    })
    const { user, system } = process.cpuUsage(before)
    // What comes too late counts as late; but whether a write was done is worth knowing.
    await Promise.race([Promise.all(underWay), sleep(DRAIN_LIMIT_MS, undefined, { ref: false })])
    return { calls, lagsMs: lagsMs.subarray(0, sent), cpuMs: (user + system) / 1_000 }
  } finally {
    clearInterval(timer)
  }
}
