import type { CallContext, Refusal } from './policy.ts'

/** A stage lets the call wait, and will say `admit` or `refuse`. */
export const WAITING = 'waiting'
/** A stage wants another attempt, and will say `again`. */
export const AGAIN = 'again'

/** What a call runs. */
export type Run = (context: CallContext) => unknown

/** One policy's part in a call: called on the way in, outermost first, and on the way out, innermost first. */
export interface Stage {
  /** Whether it may give a call up, or abort the signal that functions get. */
  readonly mayAbort?: boolean
  /** Whether it may run something after what is inside of it has ended. */
  readonly mayRunAgain?: boolean
  /**
   * Lets the call in (`undefined`), refuses it, or lets it wait. Must not throw.
   *
   * @param call The call.
   * @param slot Where in `call.tokens` this stage may keep what it needs for this call.
   */
  enter(call: OngoingCall, slot: number): Refusal | typeof WAITING | undefined
  /**
   * The call, or this attempt of it, ended: looks at `call`'s outcome and may change it. Called exactly once for each `enter`
   * that let the call in or let it wait, also when the call is given up while it waits. Must not throw.
   *
   * @param call The call, with its outcome.
   * @param slot As in `enter`.
   * @returns `AGAIN`, or a function to run in place of what failed: then this is called once more when that ended. Neither
   * if the call was abandoned, and no function behind `tryAcquire`, where nobody waits for it.
   */
  leave(call: OngoingCall, slot: number): typeof AGAIN | Run | undefined
}

/** The stages of a policy, outermost first, and what calls through them have to be ready for. */
export interface Route {
  readonly stages: readonly Stage[]
  /** Whether a stage may abort the signal that functions get. */
  readonly mayAbort: boolean
  /** Whether something may run after a stage gave up, on the turn of its timer: it belongs to the caller all the same. */
  readonly keepsContext: boolean
}

/**
 * Looks at stages once, so that calls need not.
 *
 * @param stages Outermost first.
 */
export function toRoute(stages: readonly Stage[]): Route {
  const again = stages.findIndex(({ mayRunAgain }) => mayRunAgain === true)
  return {
    stages,
    mayAbort: stages.some(({ mayAbort }) => mayAbort === true),
    keepsContext: again !== -1 && stages.findLastIndex(({ mayAbort }) => mayAbort === true) > again,
  }
}

/** A call on its way through stages. */
export interface OngoingCall {
  /** What each stage keeps for this call. */
  readonly tokens: unknown[]
  /** The caller's signal. */
  readonly signal: AbortSignal | undefined
  /** Whether somebody can wait: not behind `tryAcquire`. */
  readonly canWait: boolean
  /** Which attempt this is, from 1. */
  readonly attempt: number
  /** Whether what is inside ended well. */
  ok: boolean
  /** The result, or what was thrown; not yet made for a refusal, see {@link error}. */
  value: unknown
  /** The refusal by a stage further in, if that is how it ended. */
  refusal: Refusal | undefined
  /** What a caller would be rejected with. Makes the error of a refusal: read it only if it is needed. */
  readonly error: unknown
  /** Whether the call was given up by the caller or a stage further out: how it ended says nothing then. */
  readonly abandoned: boolean
  /** Behind `tryAcquire`, what `AGAIN` tells the holder: milliseconds to wait. Then `again` is not said. */
  retryAfterMs: number | undefined
  /** The stage that let it wait lets it in. */
  admit(): void
  /** The stage that let it wait refuses it. */
  refuse(refusal: Refusal): void
  /** The stage that said `AGAIN` starts the next attempt. */
  again(): void
  /**
   * A stage gives up on what is inside of it, with this error: those further in are left as abandoned, this one and those
   * further out as failed. Nothing if the call is not inside of it any more.
   */
  giveUp(slot: number, error: unknown): void
  /**
   * The same, but lets a function that is running end in its own time: only its signal is aborted, and how it ends is how
   * the call ends. What waits further in is given up at once.
   */
  windDown(slot: number, error: unknown): void
  /** Aborts the signal of the attempt under way. */
  abort(reason: unknown): void
}
