import type { Clock } from '@breakwater/core'
import type { Check } from './check/check.ts'
import { type Checks, type Group, statusOf } from './check/checks.ts'
import type { HealthStatus } from './report.ts'

/**
 * How a group is, if none of its checks is due. The checks themselves are looked at once after each change, not for each probe.
 *
 * @returns Nothing if one is due: then {@link refreshGroup} is to be asked.
 */
export function freshStatusOf(group: Group, { changes }: Checks, clock: Clock): HealthStatus | undefined {
  const { memo } = group
  if (memo.changes !== changes) {
    memo.changes = changes
    memo.status = statusOf(group)
    memo.dueMs = Number.POSITIVE_INFINITY
    for (const { dueMs } of group.needed) if (dueMs < memo.dueMs) memo.dueMs = dueMs
  }
  if (memo.dueMs === Number.POSITIVE_INFINITY) return memo.status
  // A coarse reading would take a timer every few milliseconds while somebody probes, which costs more than the probes.
  return clock.now() < memo.dueMs ? memo.status : undefined
}

/**
 * Begins the runs of a group that are due. Allocates nothing if there are none.
 *
 * @returns What to wait for, no longer than the limit of the slowest check; nothing if all is fresh. Never rejects.
 */
export function refreshGroup({ needed }: Group, clock: Clock): Promise<void> | undefined {
  const nowMs = clock.now()
  let pending: Promise<void>[] | undefined
  for (const check of needed) {
    const flight = check.refresh(nowMs)
    if (flight === undefined) continue
    pending ??= []
    pending.push(flight)
  }
  return pending === undefined ? undefined : waitFor(pending, needed, clock)
}

async function waitFor(pending: readonly Promise<void>[], needed: readonly Check[], clock: Clock): Promise<void> {
  const startedMs = clock.now()
  await Promise.all(pending)
  // When something is back, what depends on it is run anew, in the time that is left.
  if (!needed.some(({ isAwaited }) => isAwaited)) return
  const limitMs = Math.max(...needed.map(({ added }) => added.limitMs))
  const leftMs = startedMs + limitMs - clock.now()
  if (leftMs <= 0) return
  const stop = new AbortController()
  await Promise.race([waitForAwaited(needed), clock.sleep(leftMs, stop).catch(() => {})])
  stop.abort()
}

async function waitForAwaited(needed: readonly Check[]): Promise<void> {
  for (;;) {
    const flights = needed.flatMap((check) => (check.isAwaited ? (check.flight ?? []) : []))
    if (flights.length === 0) return
    await Promise.all(flights)
  }
}
