import type { Measurement } from '@breakwater/core'
import { StagedPolicy } from '../doors.ts'
import { counter, labelled } from '../measurements.ts'
import type { ResiliencePolicy } from '../policy.ts'
import type { OngoingCall, Run, Stage } from '../stage.ts'
import { type FallbackOptions, type ResolvedFallbackOptions, resolveFallbackOptions } from './options.ts'

/** A policy that has something to give when a call fails. */
export type Fallback<value> = ResiliencePolicy<value>

/**
 * Creates a fallback. Put it outermost in a pipeline: what it handled is a success for every policy around it.
 *
 * If a call fails, also by a refusal or a timeout from further in, it results in the fallback's value instead. Not if its
 * caller gave it up: then there is nobody to give a value to.
 *
 * A fallback that is a function and fails itself rejects the call with its own error, untouched. The error that it should
 * have made up for is not lost: the function was given it, and the event `fallback:failed` tells both.
 *
 * Behind `tryAcquire` it does nothing, as it has no result to give there: the holder of the permit falls back itself.
 *
 * @param options What to fall back to, and from which errors.
 * @throws {TypeError} If an option is wrong, naming it.
 *
 * @example
 * ```ts
 * const fallback = createFallback({ name: 'rates', run: (error, { signal }) => readStaleRates({ signal }) })
 * const rates = await pipeline(fallback, breaker).execute(({ signal }) => fetchRates({ signal }))
 * ```
 */
export function createFallback<value>(options: FallbackOptions<value>): Fallback<value> {
  return new Substitute<value>(resolveFallbackOptions(options))
}

/** Why the fallback's function is running. */
class Original {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

class Substitute<value> extends StagedPolicy<value> implements Stage {
  readonly kind = 'fallback'
  readonly mayRunAgain = true
  readonly stages: readonly Stage[] = [this]
  readonly #options: ResolvedFallbackOptions
  #succeeded = 0
  #fellBack = 0
  #failed = 0
  #unhandled = 0
  #abandoned = 0

  constructor(options: ResolvedFallbackOptions) {
    super(options.name)
    this.#options = options
  }

  enter(call: OngoingCall, slot: number): undefined {
    call.tokens[slot] = undefined
  }

  leave(call: OngoingCall, slot: number): Run | undefined {
    const original = call.tokens[slot] as Original | undefined
    if (call.abandoned) this.#abandoned++
    else if (original !== undefined) this.#end(call, original)
    else if (call.ok) this.#succeeded++
    else if (!call.canWait || !this.#isHandled(call)) this.#unhandled++
    else return this.#start(call, slot)
    return undefined
  }

  measure(): readonly Measurement[] {
    return labelled(counter, 'fallback_calls_total', 'Calls that ended, by what they resulted in', 'outcome', {
      success: this.#succeeded,
      fallback: this.#fellBack,
      'fallback-failed': this.#failed,
      unhandled: this.#unhandled,
      abandoned: this.#abandoned,
    })
  }

  #isHandled(call: OngoingCall): boolean {
    const { isHandled } = this.#options
    return isHandled === undefined || this.guard(() => Boolean(isHandled(call.error)), false)
  }

  #start(call: OngoingCall, slot: number): Run | undefined {
    const { run, value } = this.#options
    if (run !== undefined) {
      const { error } = call
      call.tokens[slot] = new Original(error)
      return (context) => run(error, context)
    }
    this.#fellBack++
    call.ok = true
    call.value = value
    call.refusal = undefined
    return undefined
  }

  #end(call: OngoingCall, original: Original): void {
    if (call.ok) this.#fellBack++
    else {
      this.#failed++
      this.events.emit({ type: 'fallback:failed', error: call.value, original: original.error })
    }
  }
}
