import { type Clock, systemClock } from '@breakwater/core'

/** Options of {@link createDoubts}. */
export interface DoubtsOptions {
  /**
   * Milliseconds for which a change is in doubt.
   *
   * @defaultValue 30,000: as long as what was read before it could be served
   */
  readonly doubtMs?: number | undefined
  /** @defaultValue 1,000 ms */
  readonly everyMs?: number | undefined
  /** @defaultValue 1,000 */
  readonly maxIds?: number | undefined
  /** @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

/**
 * Creates the list of changes of which nobody knows whether, or when, they are made. The database may still have before it what
 * was given up here, such as when it was stopped for a while: who reads just before it goes on reads what is old a moment later.
 * So what such a change concerns is forgotten again and again, for a while.
 *
 * @param forget Forgets these ids, or all with `undefined`. Rejects if that is not possible any more: then there is nothing to do.
 * @param options How long and how often.
 * @returns A function that takes a change in doubt: that of an id, or of lists alone.
 */
export function createDoubts(
  forget: (ids: readonly string[] | undefined) => Promise<unknown>,
  options: DoubtsOptions = {},
): (id?: string) => void {
  const { doubtMs = 30_000, everyMs = 1_000, maxIds = 1_000, clock = systemClock } = options
  const untilMs = new Map<string, number>()
  let allUntilMs = 0
  let lastMs = 0
  let isWaiting = false

  function wait(): void {
    if (isWaiting || clock.now() >= lastMs) return
    isWaiting = true
    clock.after(everyMs, () => {
      isWaiting = false
      const nowMs = clock.now()
      void forget(nowMs <= allUntilMs ? undefined : [...untilMs.keys()]).then(wait, () => untilMs.clear())
      for (const [id, ms] of untilMs) if (nowMs >= ms) untilMs.delete(id)
    })
  }

  return (id) => {
    lastMs = clock.now() + doubtMs
    if (id !== undefined) untilMs.set(id, lastMs)
    // Too many to remember: everything is in doubt instead.
    if (untilMs.size > maxIds) {
      untilMs.clear()
      allUntilMs = lastMs
    }
    wait()
  }
}
