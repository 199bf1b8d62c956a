import type { Permit } from '../policy.ts'
import type { ModelCall } from './circuit-ledger.ts'
import { toValue } from './circuit-plan.ts'
import type { CallStep } from './circuit-steps.ts'

/** How a call settled for its caller. `refused` stands for the circuit breaker's own refusal. */
export type Settled =
  | { readonly how: 'returned' | 'threw'; readonly value: unknown }
  | { readonly how: 'refused'; readonly retryAfterMs: number | undefined }

/** One call, twice: as it is, and as it should be. */
export interface CallPair {
  /** How it is made. */
  readonly step: CallStep
  /** What really happened. */
  readonly is: Actual
  /** What the model says. */
  readonly should: Expected
  /** What its function returned or threw, or is about to. */
  readonly values: unknown[]
  /** Why its caller gives up. */
  readonly reason: unknown
  /** Of its caller, if it has a signal. */
  readonly controller: AbortController | undefined
}

/** What really happened to a call. */
export interface Actual {
  /** How often its function ran. */
  runs: number
  settled: Settled | undefined
  /** Of the function's context. */
  signal: AbortSignal | undefined
  permit: Permit | undefined
  /** Lets its function, or the holder of its permit, end. */
  finish: ((ok: boolean, value: unknown) => void) | undefined
}

/** What should have happened to a call. */
export interface Expected {
  /** How often its function should have run. */
  runs: number
  settled: Settled | undefined
  model: ModelCall | undefined
  /** Whether its caller gave it up while it was under way. */
  isAborted: boolean
}

/**
 * Before a call is made.
 *
 * @param step How it is made.
 */
export function createCallPair(step: CallStep): CallPair {
  const reason = { givesUp: step.call } // no errors, as their stacks would take most of the time
  const controller = step.signal === 'none' ? undefined : new AbortController()
  if (step.signal === 'aborted') controller?.abort(reason)
  return {
    step,
    is: { runs: 0, settled: undefined, signal: undefined, permit: undefined, finish: undefined },
    should: { runs: 0, settled: undefined, model: undefined, isAborted: false },
    values: typeof step.returns === 'string' ? [] : [toValue(step.call, step.returns)],
    reason,
    controller,
  }
}
