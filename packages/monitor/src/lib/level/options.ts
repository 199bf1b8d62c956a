import { positiveInteger, positiveNumber, ratio } from '@breakwater/core'

/** From where on a number is too high. */
export interface Thresholds {
  /** At or over it: `warning`. */
  readonly warning: number
  /** At or over it: `critical`. Over `warning`. */
  readonly critical: number
}

/** Thresholds of the signals that every monitor has. `false` switches one off: it has no level then. */
export interface ThresholdOptions {
  /**
   * Memory used, of the limit that is nearest: the heap's, the container's or the machine's.
   *
   * @defaultValue `{ warning: 0.7, critical: 0.9 }`, our choice: what is left at 0.9 is a burst or two
   */
  readonly memoryRatio?: Thresholds | false | undefined
  /**
   * CPU time used, of what may be used: the container's quota, else the CPUs that the process may run on.
   *
   * @defaultValue `{ warning: 0.6, critical: 0.8 }`, our choice: from there on queues grow faster than load
   */
  readonly cpuRatio?: Thresholds | false | undefined
  /**
   * Share of the time in which the event loop was not idle. The CPU's ratio does not see one busy thread among many CPUs.
   *
   * @defaultValue `{ warning: 0.8, critical: 0.95 }`, our choice
   */
  readonly eventLoopUtilizationRatio?: Thresholds | false | undefined
  /**
   * Milliseconds by which a timer was late at the sample.
   *
   * @defaultValue `{ warning: 100, critical: 500 }`, our choice
   */
  readonly eventLoopDelayMs?: Thresholds | false | undefined
  /**
   * Milliseconds from a request to the head of its response, the mean since the last sample; 0 if there was none.
   *
   * @defaultValue `{ warning: 300, critical: 500 }`, our choice
   */
  readonly responseTimeMs?: Thresholds | false | undefined
  /**
   * Open connections, of `maxConnections`. Without that there is no such signal.
   *
   * @defaultValue `{ warning: 0.8, critical: 0.95 }`, our choice
   */
  readonly connectionsRatio?: Thresholds | false | undefined
}

/** Signals that every monitor has. */
export type BuiltInSignal = keyof ThresholdOptions

/** Thresholds as they hold. */
export type ResolvedThresholds = Readonly<Record<BuiltInSignal, Thresholds | false>>

/** When a level changes. */
export interface LevelRules {
  /** Samples in a row that raise it. */
  readonly raiseAfter: number
  /** Samples in a row that lower it. */
  readonly clearAfter: number
}

const DEFAULTS: ResolvedThresholds = {
  memoryRatio: { warning: 0.7, critical: 0.9 },
  cpuRatio: { warning: 0.6, critical: 0.8 },
  eventLoopUtilizationRatio: { warning: 0.8, critical: 0.95 },
  eventLoopDelayMs: { warning: 100, critical: 500 },
  responseTimeMs: { warning: 300, critical: 500 },
  connectionsRatio: { warning: 0.8, critical: 0.95 },
}

/** Names of the signals that every monitor has. */
export const BUILT_IN_SIGNALS: readonly BuiltInSignal[] = Object.keys(DEFAULTS) as readonly BuiltInSignal[]

/**
 * Checks and completes thresholds.
 *
 * @param options What was given.
 * @throws {TypeError | RangeError} If one of them is wrong, naming it.
 */
export function resolveThresholds(options: ThresholdOptions): ResolvedThresholds {
  for (const name of Object.keys(options))
    if (!Object.hasOwn(DEFAULTS, name)) throw new TypeError(`Expected \`thresholds\` to name signals, got "${name}"`)
  const resolved = BUILT_IN_SIGNALS.map((name) => {
    const thresholds = options[name] ?? DEFAULTS[name]
    if (thresholds === false) return [name, false] as const
    return [name, checkThresholds(`thresholds.${name}`, thresholds, checkOf(name))]
  })
  return Object.fromEntries(resolved) as ResolvedThresholds
}

/**
 * What each threshold of a signal must be.
 *
 * @param name Its name.
 */
export function checkOf(name: string): (name: string, value: number) => number {
  return Object.hasOwn(DEFAULTS, name) && name.endsWith('Ratio') ? ratio : positiveNumber
}

/**
 * Checks thresholds.
 *
 * @param name The option, as the caller wrote it.
 * @param thresholds What was given.
 * @param check Checks each number.
 * @throws {TypeError | RangeError} If one of them is wrong, or they are out of order.
 */
export function checkThresholds(
  name: string,
  thresholds: Thresholds,
  check: (name: string, value: number) => number = positiveNumber,
): Thresholds {
  if (typeof thresholds !== 'object' || thresholds === null)
    throw new TypeError(`Expected \`${name}\` to be { warning, critical }, got ${String(thresholds)}`)
  const warning = positiveNumber(`${name}.warning`, check(`${name}.warning`, thresholds.warning))
  const critical = check(`${name}.critical`, thresholds.critical)
  if (critical > warning) return { warning, critical }
  throw new RangeError(`Expected \`${name}.critical\` to be over its warning of ${warning}, got ${critical}`)
}

/**
 * Checks the rules.
 *
 * @param rules What was given.
 * @throws {TypeError | RangeError} If one of them is wrong.
 */
export function checkRules({ raiseAfter, clearAfter }: LevelRules): LevelRules {
  return {
    raiseAfter: positiveInteger('raiseAfter', raiseAfter),
    clearAfter: positiveInteger('clearAfter', clearAfter),
  }
}
