import {
  type Clock,
  callable,
  milliseconds,
  nonEmptyString,
  positiveInteger,
  positiveMilliseconds,
  positiveNumber,
  ratio,
  systemClock,
} from '@breakwater/core'
import { atLeast1, notUnder } from '../check.ts'

/**
 * What a call says about what was called: it works, it does not, or nothing at all.
 *
 * @see Finagle's `ResponseClassifier`.
 */
export type Verdict = 'success' | 'failure' | 'ignored'

/** Options of `createCircuitBreaker`. */
export interface CircuitBreakerOptions {
  /** Name in events, errors and metrics. Keep it one of a handful: it becomes a label. */
  readonly name: string
  /**
   * Failures in a row that open the circuit.
   *
   * @defaultValue `5`, our choice, as in cockatiel's README; none if `failureRatio` or `slowCallRatio` is given
   */
  readonly failureThreshold?: number | undefined
  /**
   * Share of failures among the calls in the window that opens the circuit, over 0 and up to 1.
   *
   * @defaultValue none
   */
  readonly failureRatio?: number | undefined
  /**
   * Share of slow calls in the window that opens the circuit, over 0 and up to 1. Calls that are still under way past
   * `slowCallMs` count, too, so that a dependency that hangs is noticed before it answers. Needs `slowCallMs`.
   *
   * @defaultValue none
   */
  readonly slowCallRatio?: number | undefined
  /**
   * Milliseconds from which on a call is slow, over 0; exact to about 5 ms. Needs `slowCallRatio`.
   *
   * @defaultValue none
   */
  readonly slowCallMs?: number | undefined
  /**
   * The window holds this many of the latest calls.
   *
   * @defaultValue `100`, as resilience4j's `slidingWindowSize`, unless `windowMs` is given
   */
  readonly windowCalls?: number | undefined
  /**
   * The window holds the calls that ended in the latest so many milliseconds, at least 1, in ten steps. Instead of
   * `windowCalls`.
   *
   * @defaultValue none
   */
  readonly windowMs?: number | undefined
  /**
   * Calls that must be in the window before a ratio is looked at.
   *
   * @defaultValue `20`, as Hystrix' `requestVolumeThreshold`, or `windowCalls` if that is less
   */
  readonly minimumCalls?: number | undefined
  /**
   * Milliseconds the circuit stays open before probes are let through.
   *
   * @defaultValue `30_000`, the cooldown of Deno's `@std/async` circuit breaker
   */
  readonly openForMs?: number | undefined
  /**
   * Times by which the open time grows each time that probes fail, at least 1.
   *
   * @defaultValue `1`: it does not grow; our choice, as after a long outage every grown wait delays the recovery
   */
  readonly openBackoffFactor?: number | undefined
  /**
   * Milliseconds that the open time never grows over, at least `openForMs`.
   *
   * @defaultValue ten times `openForMs`, our choice
   */
  readonly maxOpenForMs?: number | undefined
  /**
   * Share of the open time that is added to it at random, from 0 to 1, so that many processes do not probe at once.
   *
   * @defaultValue `0`, our choice
   */
  readonly openJitterRatio?: number | undefined
  /**
   * Probes in half-open: calls that are let through to decide. Never more of them are under way.
   *
   * @defaultValue `1`, as in Nygard's book
   */
  readonly probes?: number | undefined
  /**
   * Share of the probes that must succeed to close the circuit, over 0 and up to 1. It is decided as soon as it is certain.
   *
   * @defaultValue `1`: all, our choice
   */
  readonly probeSuccessRatio?: number | undefined
  /**
   * Milliseconds after which a probe that has not ended gives its place to another, over 0. If it still succeeds while the
   * circuit is half-open, that counts; any other end of it is late.
   *
   * @defaultValue `openForMs`, our choice: what hangs is called no more often than what fails
   */
  readonly probeLeaseMs?: number | undefined
  /**
   * Milliseconds after closing in which the share of calls let through grows from a tenth to all.
   *
   * @defaultValue `0`: all at once, our choice
   */
  readonly rampMs?: number | undefined
  /**
   * What an error says. Not asked about the caller's own abort and about refusals by policies, which are ignored. If it
   * throws, the default holds.
   *
   * @defaultValue every error is a `failure`
   */
  readonly classifyError?: ((error: unknown) => Verdict) | undefined
  /**
   * What a result says. If it throws, the default holds.
   *
   * @defaultValue every result is a `success`
   */
  readonly classifyResult?: ((result: unknown) => Verdict) | undefined
  /**
   * Where jitter comes from: from 0 up to, not including, 1.
   *
   * @defaultValue `Math.random`
   */
  readonly random?: (() => number) | undefined
  /**
   * Where time comes from.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/** The options as they hold, checked and copied. 0 stands for what is off (`Infinity` would take 16 bytes more in each). */
export interface ResolvedCircuitBreakerOptions {
  readonly name: string
  readonly failureThreshold: number
  readonly failureRatio: number
  readonly slowCallRatio: number
  readonly slowCallMs: number
  readonly windowCalls: number
  readonly windowMs: number
  readonly minimumCalls: number
  readonly openForMs: number
  readonly openBackoffFactor: number
  readonly maxOpenForMs: number
  readonly openJitterRatio: number
  readonly probes: number
  /** Probes that must succeed. */
  readonly probesToClose: number
  readonly probeLeaseMs: number
  readonly rampMs: number
  readonly classifyError: ((error: unknown) => Verdict) | undefined
  readonly classifyResult: ((result: unknown) => Verdict) | undefined
  readonly random: () => number
  readonly clock: Clock
}

/**
 * Checks and copies the options of a circuit breaker.
 *
 * @param options What was given.
 * @throws {TypeError | RangeError} If one of them is wrong, naming it.
 */
export function resolveCircuitBreakerOptions(options: CircuitBreakerOptions): ResolvedCircuitBreakerOptions {
  const { failureRatio, slowCallRatio, slowCallMs, windowMs } = options
  const hasWindow = failureRatio !== undefined || slowCallRatio !== undefined
  const {
    name,
    failureThreshold = hasWindow ? undefined : 5,
    windowCalls = 100,
    minimumCalls = windowMs === undefined ? Math.min(20, windowCalls) : 20,
    openForMs = 30_000,
    openBackoffFactor = 1,
    maxOpenForMs = 10 * openForMs,
    openJitterRatio = 0,
    probes = 1,
    probeSuccessRatio = 1,
    probeLeaseMs = Math.max(openForMs, 1),
    rampMs = 0,
    classifyError,
    classifyResult,
    random = Math.random,
    clock = systemClock,
  } = options
  if (windowMs !== undefined && options.windowCalls !== undefined)
    throw new TypeError('Expected `windowMs` or `windowCalls`, got both')
  if ((slowCallRatio === undefined) !== (slowCallMs === undefined))
    throw new TypeError('Expected `slowCallRatio` and `slowCallMs` together, got one of them')
  for (const only of ['windowCalls', 'windowMs', 'minimumCalls'] as const)
    if (!hasWindow && options[only] !== undefined)
      throw new TypeError(`Expected \`failureRatio\` or \`slowCallRatio\` beside \`${only}\`, got neither`)
  milliseconds('openForMs', openForMs)
  notUnder('maxOpenForMs', milliseconds('maxOpenForMs', maxOpenForMs), 'openForMs', openForMs)
  positiveInteger('windowCalls', windowCalls)
  if (positiveInteger('minimumCalls', minimumCalls) > windowCalls && windowMs === undefined)
    throw new RangeError(
      `Expected \`minimumCalls\` to be at most \`windowCalls\`, got ${minimumCalls} and ${windowCalls}`,
    )
  return {
    name: nonEmptyString('name', name),
    failureThreshold: failureThreshold === undefined ? 0 : positiveInteger('failureThreshold', failureThreshold),
    failureRatio: failureRatio === undefined ? 0 : share('failureRatio', failureRatio),
    slowCallRatio: slowCallRatio === undefined ? 0 : share('slowCallRatio', slowCallRatio),
    slowCallMs: slowCallMs === undefined ? 0 : positiveMilliseconds('slowCallMs', slowCallMs),
    windowCalls: hasWindow && windowMs === undefined ? windowCalls : 0,
    windowMs: windowMs === undefined ? 0 : atLeast1('windowMs', windowMs),
    minimumCalls,
    openForMs,
    openBackoffFactor: atLeast1('openBackoffFactor', openBackoffFactor),
    maxOpenForMs,
    openJitterRatio: ratio('openJitterRatio', openJitterRatio),
    probes: positiveInteger('probes', probes),
    probesToClose: Math.ceil(share('probeSuccessRatio', probeSuccessRatio) * probes),
    probeLeaseMs: positiveMilliseconds('probeLeaseMs', probeLeaseMs),
    rampMs: milliseconds('rampMs', rampMs),
    classifyError: classifyError === undefined ? undefined : callable('classifyError', classifyError),
    classifyResult: classifyResult === undefined ? undefined : callable('classifyResult', classifyResult),
    random: callable('random', random),
    clock,
  }
}

/** A ratio of 0 would be reached by nothing at all. */
function share(name: string, value: number): number {
  return positiveNumber(name, ratio(name, value))
}
