import type { Clock } from '@breakwater/core'
import type { Check } from './check/check.ts'
import type { Group } from './check/checks.ts'

/**
 * Begins the runs of a group that are due. Allocates nothing if there are none.
 *
 * @returns What to wait for, no longer than the limit of the slowest check; nothing if all is fresh. Never rejects.
 */
export function refreshGroup({ needed }: Group, clock: Clock): Promise<void> | undefined {
  const nowMs = clock.coarse()
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
