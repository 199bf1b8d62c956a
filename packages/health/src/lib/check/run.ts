import type { Clock } from '@breakwater/core'

/** How a run ended. */
export type Ended = { readonly value: unknown } | { readonly error: unknown }

/** What a run has to keep to. */
export interface RunLimits {
  readonly limitMs: number
  readonly clock: Clock
  /** Aborts it from outside: nobody waits any longer. */
  readonly signal: AbortSignal
  /** Makes what it fails with when its time is over. */
  toLate(): unknown
  /** Its time is over, and it has not ended. */
  onLate?(): void
  /** It ended after all, after its time. */
  onReturn?(): void
}

/**
 * Runs something for a limited time. Whoever awaits it keeps the process alive.
 *
 * @param run What to run; its signal aborts when nobody waits for it any longer.
 * @param limits How long.
 * @returns How it ended, in time. Never rejects.
 */
export async function runWithin(run: (signal: AbortSignal) => unknown, limits: RunLimits): Promise<Ended> {
  const { signal } = limits
  if (signal.aborted) return { error: signal.reason }
  const controller = new AbortController()
  let returned: unknown
  try {
    returned = run(controller.signal)
    if (!isThenable(returned)) return { value: returned }
  } catch (error) {
    return { error }
  }
  let settled: Ended | undefined
  const ended = Promise.resolve(returned).then(
    (value) => {
      settled = { value }
      return settled
    },
    (error) => {
      settled = { error }
      return settled
    },
  )
  // An async function that waits for nothing is done by now: a timer and its signals would cost more than all the rest of the run.
  await undefined
  if (settled !== undefined) return settled
  const timer = new AbortController()
  const stop = (): void => timer.abort(CALLED_OFF)
  signal.addEventListener('abort', stop, { once: true })
  // Meanwhile, or by the run itself.
  if (signal.aborted) stop()
  const first = await Promise.race([ended, overtime(limits, timer.signal)])
  signal.removeEventListener('abort', stop)
  timer.abort(CALLED_OFF)
  if (first !== undefined) return first
  const error = signal.aborted ? signal.reason : limits.toLate()
  if (!signal.aborted) {
    limits.onLate?.()
    void ended.then(() => limits.onReturn?.())
  }
  controller.abort(error)
  return { error }
}

/** Without a reason of our own an error would be made, with its stack, for each run. */
const CALLED_OFF = 'called off'
/** A timer that is later than this was held up. */
const BLOCKED_MS = 5

/** Resolves when the time is over, or with the signal. */
async function overtime({ clock, limitMs }: RunLimits, signal: AbortSignal): Promise<undefined> {
  const dueMs = clock.now() + limitMs
  try {
    await clock.sleep(limitMs, { signal })
    // After something blocked the loop, the timer comes first, though the answer has long been in.
    if (clock.now() - dueMs > BLOCKED_MS) await new Promise<void>((resolve) => setImmediate(resolve))
  } catch {
    // Called off.
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
