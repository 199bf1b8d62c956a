import { setTimeout as sleep } from 'node:timers/promises'
import { type Entry, entriesOf } from '../group.ts'
import { interleave, shuffled } from '../interleave.ts'
import type { Round } from '../statistics.ts'
import { assertSame } from '../verify.ts'
import { createLoadClient, type LoadClient } from './client.ts'
import type { LatencyNumbers } from './latency.ts'
import { createLoopNumbers, type LoopNumbers, type OutcomeCounts, runOpenLoop } from './open-loop.ts'
import { createSchedule } from './schedule.ts'
import { type ServerProcess, startServer } from './servers.ts'
import type { Load, LoadGroup, LoadSubject } from './subject.ts'

/** How long is measured. */
export interface LoadSettings {
  /** How often all servers are started afresh: two processes of the same code differ a little. */
  readonly sets: number
  /** How often each server of a set is measured. */
  readonly rounds: number
  /** Milliseconds of load that each server gets in each round. */
  readonly sliceMs: number
  /** Milliseconds of load that each server gets before its first round. */
  readonly warmUpMs: number
}

/** What was measured of one subject under load. */
export interface LoadNumbers {
  /** What became of the requests. */
  readonly outcomes: OutcomeCounts
  /** Milliseconds from the intended start; a request without an answer counts with the whole time limit. */
  readonly all: LatencyNumbers
  /** Milliseconds from the intended start, of those that were answered as expected. */
  readonly accepted: LatencyNumbers
  /** Milliseconds from the moment of sending, of those that were answered as expected. */
  readonly sinceSent: LatencyNumbers
}

/** What was measured of a group. */
export interface LoadMeasured {
  /** Microseconds of the server's CPU per request. */
  readonly rounds: readonly Round[]
  /** By subject. */
  readonly loads: Readonly<Record<string, LoadNumbers>>
}

interface Running extends Entry<LoadSubject> {
  readonly server: ServerProcess
  readonly client: LoadClient
}

/** How far the seeds of two sets are apart: further than the rounds of one. */
const SEEDS = 1_000
const MAX_PENDING = 2_000
const SETTLE_MS = 100
const WORK_LIMIT_MS = 1_000

/**
 * Measures a group from this process; each server has its own. All servers of a set run all the time, and cost
 * nothing while it is not their turn.
 *
 * @param file The bench's file.
 * @param group The group. Verified first.
 * @param settings How long.
 */
export async function measureLoad(file: string, group: LoadGroup, settings: LoadSettings): Promise<LoadMeasured> {
  const entries = entriesOf(group)
  const numbers = new Map(entries.map(({ name }) => [name, createLoopNumbers()]))
  const rounds: Round[] = []
  for (let set = 0; set < settings.sets; set++) {
    const running: Running[] = []
    try {
      for (const entry of shuffled(entries, set)) running.push(await start(file, group, entry))
      for (const each of running) await slice(each, group.load, settings.warmUpMs, set, createLoopNumbers())
      const measured = await interleave(running, settings.rounds, set * SEEDS, (each, round) =>
        slice(each, group.load, settings.sliceMs, set * SEEDS + round, numbers.get(each.name) as LoopNumbers),
      )
      rounds.push(...measured)
    } finally {
      await Promise.all(running.map(stop))
    }
  }
  return { rounds, loads: Object.fromEntries([...numbers].map(([name, each]) => [name, toLoadNumbers(each)])) }
}

async function start(file: string, group: LoadGroup, entry: Entry<LoadSubject>): Promise<Running> {
  const server = await startServer(file, group.id, entry.subject.name)
  const running = { ...entry, server, client: createLoadClient(server.port, group.load) }
  try {
    assertSame(`"${entry.name}" in group "${group.id}"`, await running.client.ask(), group.load.expected)
    return running
  } catch (error) {
    await stop(running)
    throw error
  }
}

async function stop({ server, client }: Running): Promise<void> {
  await client.close()
  await server.stop()
}

/** One server's turn. */
async function slice(
  { name, subject, server, client }: Running,
  { ratePerSecond, arrivals, timeoutMs }: Load,
  durationMs: number,
  seed: number,
  into: LoopNumbers,
): Promise<number> {
  const ask = (ms: number, into: readonly LoopNumbers[]): Promise<void> => {
    const starts = createSchedule({ ratePerSecond, durationMs: ms, arrivals, seed })
    return runOpenLoop({ starts, send: client.send, timeoutMs, maxPending: MAX_PENDING, into })
  }
  const [settled, own] = [createLoopNumbers(), createLoopNumbers()]
  const { work } = await server.usage('usage')
  // Until the processor has at hand again what the others, and asking, have driven out.
  await ask(SETTLE_MS, [settled])
  const before = await server.usage('collect')
  await ask(durationMs, [own, into])
  const after = await server.usage('usage')
  const { ok, refused } = own.outcomes
  if (ok + refused === 0) throw new Error(`Cannot measure "${name}" as it answered nothing`)
  await assertWork(name, server, work + (settled.outcomes.ok + ok) * (subject.workPerRequest ?? 0))
  return ((after.cpuMs - before.cpuMs) * 1000) / (ok + refused)
}

/** A response's `close` may come a moment after the client has read it. */
async function assertWork(name: string, server: ServerProcess, expected: number): Promise<void> {
  const untilMs = performance.now() + WORK_LIMIT_MS
  let { work } = await server.usage('usage')
  while (work < expected && performance.now() < untilMs) {
    await sleep(10)
    work = (await server.usage('usage')).work
  }
  if (work < expected) throw new Error(`Cannot trust "${name}" as it counted ${work}, not ${expected}`)
}

function toLoadNumbers({ outcomes, all, accepted, sinceSent }: LoopNumbers): LoadNumbers {
  return { outcomes, all: all.numbers(), accepted: accepted.numbers(), sinceSent: sinceSent.numbers() }
}
