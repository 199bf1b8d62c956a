import { callable, nonEmptyString } from '@breakwater/core'
import type { CallContext } from '../policy.ts'

/** Options of `createFallback`: a value, or a function that finds one. */
export type FallbackOptions<value> = FallbackValueOptions<value> | FallbackRunOptions<value>

/** What both kinds of fallback have. */
export interface FallbackBaseOptions {
  /** Name in events and metrics. Keep it one of a handful: it becomes a label. */
  readonly name: string
  /**
   * Whether to fall back from this error. Refusals and timeouts of policies further in are asked about as well; the
   * caller's own abort is not, as nobody waits for a result then. If it throws, the answer is no.
   *
   * @defaultValue from every error
   */
  readonly isHandled?: ((error: unknown) => boolean) | undefined
}

/** A fallback to a value. */
export interface FallbackValueOptions<value> extends FallbackBaseOptions {
  /** What a call results in if it fails. Handed out as it is, to every caller the same. */
  readonly value: value
  /** Not beside a value. */
  readonly run?: undefined
}

/** A fallback to what a function returns. */
export interface FallbackRunOptions<value> extends FallbackBaseOptions {
  /**
   * Finds what a call results in if it fails. If it fails itself, the caller gets its error, untouched.
   *
   * @param error Why the call failed.
   * @param context Pass its signal on: it is aborted when the caller gives up, or a policy around the fallback does.
   */
  readonly run: (error: unknown, context: CallContext) => PromiseLike<value> | value
  /** Not beside a function. */
  readonly value?: undefined
}

/** The options as they hold, checked and copied. */
export interface ResolvedFallbackOptions {
  readonly name: string
  readonly value: unknown
  readonly run: ((error: unknown, context: CallContext) => unknown) | undefined
  readonly isHandled: ((error: unknown) => boolean) | undefined
}

/**
 * Checks and copies the options of a fallback.
 *
 * @param options What was given.
 * @throws {TypeError} If one of them is wrong, naming it.
 */
export function resolveFallbackOptions(options: FallbackOptions<unknown>): ResolvedFallbackOptions {
  const { name, value, run, isHandled } = options
  if (run !== undefined && value !== undefined) throw new TypeError('Expected `value` or `run`, got both')
  if (run === undefined && !('value' in options)) throw new TypeError('Expected `value` or `run`, got neither')
  return {
    name: nonEmptyString('name', name),
    value,
    run: run && callable('run', run),
    isHandled: isHandled && callable('isHandled', isHandled),
  }
}
