import type { Measured, Observable, PolicyCallOptions, PolicyContext } from '@breakwater/core'
import type { ResilienceEvent } from './events.ts'

/** What a policy hands to the function that it runs. */
export interface CallContext extends PolicyContext {
  /** Which attempt this is, from 1. More than 1 only under a retry. */
  readonly attempt: number
}

/**
 * A policy with three doors: a promise as everybody expects it, an outcome that never rejects, and a permit for hot paths
 * and for what is not one function.
 *
 * `extra` is what a call may result in that the function did not return: the value of a fallback. Without it, this is a
 * `Policy` as core has it.
 */
export interface ResiliencePolicy<extra = never> extends Measured, Observable<ResilienceEvent> {
  /** Only for types, by which a pipeline knows what its parts add: it is never there. */
  readonly '~extra'?: (() => extra) | undefined
  /**
   * Runs a function under this policy.
   *
   * @param run What to run: at most once for each time it is let in. Its result and what it throws reach the caller unchanged.
   * @param options How this one call is made.
   * @returns What `run` returned. Rejects with what `run` threw, with the policy's refusal if it was not run, or with the
   * reason of the caller's signal.
   */
  execute<result>(
    run: (context: CallContext) => PromiseLike<result> | result,
    options?: PolicyCallOptions,
  ): Promise<result | extra>
  /**
   * The same, but never rejects: cheaper where failures are many, as no error has to be made or thrown for a refusal.
   *
   * @param run What to run.
   * @param options How this one call is made.
   * @returns How it ended.
   */
  tryExecute<result>(
    run: (context: CallContext) => PromiseLike<result> | result,
    options?: PolicyCallOptions,
  ): Promise<Outcome<result | extra>>
  /**
   * Asks to make one call, and answers at once. Whoever is let in tells the permit how the call ended.
   *
   * @returns A permit, or a refusal that says when to come back. Nothing is run and nothing is queued.
   */
  tryAcquire(): Permit | Refusal
}

/** How a call ended. */
export type Outcome<result> = SuccessOutcome<result> | FailureOutcome

/** A call that ended well. */
export interface SuccessOutcome<result> {
  /** Tells the two outcomes apart. */
  readonly ok: true
  /** What the function returned. */
  readonly value: result
}

/** A call that did not. */
export interface FailureOutcome {
  /** Tells the two outcomes apart. */
  readonly ok: false
  /** What the function threw, the reason of the caller's signal, or the policy's own error. */
  readonly error: unknown
  /** The refusal, if the function was not run (under a retry: not run again). */
  readonly refusal: Refusal | undefined
}

/** Leave to make one call. Hold it until the call ends, then tell how; only what is told first counts. */
export interface Permit {
  /** Tells a permit from a refusal. */
  readonly admitted: true
  /** Aborted when the policy gives this call up, such as at a time limit. Made when it is first read. */
  readonly signal: AbortSignal
  /**
   * The call ended well.
   *
   * @param result What it gave, for policies that look at results.
   */
  succeed(result?: unknown): void
  /**
   * The call failed.
   *
   * @param error What was thrown, for policies that look at errors.
   * @returns Under a retry that allows another attempt, milliseconds after which to ask for it with {@link retry}; else `undefined`.
   */
  fail(error: unknown): number | undefined
  /** The call was not made, or its end says nothing about what was called: a caller's own abort. */
  release(): void
  /**
   * Asks for the attempt that {@link fail} announced.
   *
   * @returns This permit for another attempt, or a refusal. The permit is over then.
   * @throws What ended the call, if it was given up meanwhile, such as by a timeout; an `Error` if no attempt was announced.
   */
  retry(): Permit | Refusal
}

/** A "not now", told at once. */
export interface Refusal {
  /** Tells a refusal from a permit. */
  readonly admitted: false
  /** Milliseconds after which it is worth another try. `0` if nobody knows: make that a second or more when you pass it on. */
  readonly retryAfterMs: number
  /** What `execute` rejects with. Made when it is read. */
  readonly error: Error & { readonly code: `ERR_${string}` }
}
