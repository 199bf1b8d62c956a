import type { Clock } from '@breakwater/core'
import type { DrainReport, ShutdownReason } from '../report.ts'
import type { Cut, Drain } from './drain.ts'
import { WebSocketDrain } from './web-socket-drain.ts'

const NOTHING: Cut = { requests: 0, connections: 0 }

/**
 * Drains everything at once, and cuts what is left when the time is over, or cannot be drained.
 *
 * @param drains What is drained.
 * @param reason Why.
 * @param limitMs Milliseconds for all of them.
 * @param clock Counts them.
 * @returns How each went. Never rejects.
 */
export async function runDrains(
  drains: readonly Drain[],
  reason: ShutdownReason,
  limitMs: number,
  clock: Clock,
): Promise<readonly DrainReport[]> {
  const startedMs = clock.now()
  const limit = new AbortController()
  const isOver = clock.sleep(limitMs, limit).then(
    () => true,
    () => false,
  )
  // WebSockets come from connections of the others.
  let onOthersDone = (): void => {}
  const others = new Promise<void>((resolve) => {
    onOthersDone = resolve
  })
  const begin = async (drain: Drain): Promise<void> => drain.begin(reason, others)
  const run = async (drain: Drain): Promise<DrainReport> => {
    const before = drain.answered
    const done = begin(drain).then(
      () => false,
      () => true,
    )
    const cut = (await Promise.race([done, isOver])) ? cutSafely(drain) : NOTHING
    return {
      name: drain.name,
      durationMs: clock.now() - startedMs,
      answered: drain.answered - before,
      cutRequests: cut.requests,
      cutConnections: cut.connections,
    }
  }
  const reports = drains.map((drain) => run(drain))
  await Promise.all(reports.filter((_, index) => !(drains[index] instanceof WebSocketDrain)))
  onOthersDone()
  const all = await Promise.all(reports)
  limit.abort()
  return all
}

/** What a library throws must not keep the others from their end. */
function cutSafely(drain: Drain): Cut {
  try {
    return drain.cut()
  } catch {
    return { requests: 0, connections: 1 }
  }
}
