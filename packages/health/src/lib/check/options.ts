import { callable, milliseconds, nonEmptyString, positiveInteger, positiveMilliseconds } from '@breakwater/core'
import { type ResolvedHealthOptions, upToADay } from '../options.ts'
import type { HealthStatus } from '../report.ts'

/** What a check is told. */
export interface CheckContext {
  /** Aborts when the run's time is over: nobody waits for it any longer. */
  readonly signal: AbortSignal
  /** Its name. */
  readonly name: string
}

/** What a check may say of itself. */
export interface CheckResult {
  /** How it is. */
  readonly status: HealthStatus
  /** What else it knows, for those who may see details: at most 10,000 characters of JSON. */
  readonly data?: Readonly<Record<string, unknown>> | undefined
  /** Why it is not healthy: an error, or a text. */
  readonly cause?: unknown
}

/**
 * Finds out how something is.
 *
 * @param context What it is told.
 * @returns Healthy: nothing, `true`, a text that is not empty (such as `PONG`), or an object without a `status`. Unhealthy: `false`. A
 * {@link CheckResult}, or its status alone, says it itself. A promise of one of these is awaited. Anything else has failed, and so
 * has what throws or rejects.
 */
export type HealthCheck = (context: CheckContext) => unknown

/** What a recovery is told. */
export interface RecoveryContext {
  /** Aborts when the try's time is over. */
  readonly signal: AbortSignal
  /** Which try it is, from 1. */
  readonly attempt: number
  /** Why the check is unhealthy. */
  readonly cause: unknown
}

/** What is done when a check is unhealthy. */
export interface RecoveryOptions {
  /** Does it. The check is run right after, however it ends. */
  readonly run: (context: RecoveryContext) => unknown
  /**
   * Tries until it is given up. When the check was well in between, they count anew.
   *
   * @defaultValue `5`, our choice: with the other defaults it is over after at most 65 s
   */
  readonly maxTries?: number | undefined
  /**
   * The longest wait before the second try. It doubles with each try; a wait is anything between nothing and that.
   *
   * @defaultValue `1_000`, our choice
   */
  readonly delayMs?: number | undefined
  /**
   * The longest wait of all, in milliseconds.
   *
   * @defaultValue `60_000`, our choice
   */
  readonly maxDelayMs?: number | undefined
  /**
   * Milliseconds that a try may take.
   *
   * @defaultValue `10_000`, our choice
   */
  readonly limitMs?: number | undefined
}

/** Options of a check. */
export interface CheckOptions {
  /**
   * Whether its groups are unhealthy when it is. Otherwise they are degraded.
   *
   * @defaultValue `true`
   */
  readonly critical?: boolean | undefined
  /**
   * Groups that it belongs to: `live`, `ready`, `startup`, or your own.
   *
   * @defaultValue `['ready']`
   */
  readonly groups?: readonly string[] | undefined
  /**
   * Milliseconds that a run may take.
   *
   * @defaultValue that of `createHealth`
   */
  readonly limitMs?: number | undefined
  /**
   * Milliseconds for which a result is served.
   *
   * @defaultValue that of `createHealth`
   */
  readonly cacheMs?: number | undefined
  /**
   * Worse results in a row before its status is.
   *
   * @defaultValue that of `createHealth`
   */
  readonly failureThreshold?: number | undefined
  /**
   * Better results in a row before its status is.
   *
   * @defaultValue that of `createHealth`
   */
  readonly successThreshold?: number | undefined
  /**
   * Milliseconds between runs that nobody asked for.
   *
   * @defaultValue none: it is run when somebody asks
   */
  readonly intervalMs?: number | undefined
  /**
   * Names of checks without which this one cannot be well. While one of them is unhealthy it is not run, and is unhealthy because of
   * it. They may be added later, but within the same turn.
   *
   * @defaultValue none
   */
  readonly dependsOn?: readonly string[] | undefined
  /**
   * What is done when it is unhealthy by itself.
   *
   * @defaultValue nothing
   */
  readonly recover?: RecoveryOptions | undefined
}

/** A recovery's options as they hold. */
export type ResolvedRecoveryOptions = Required<{
  readonly [key in keyof RecoveryOptions]: NonNullable<RecoveryOptions[key]>
}>

/** A check as it was added. */
export interface AddedCheck {
  readonly name: string
  readonly run: HealthCheck
  readonly critical: boolean
  readonly groups: readonly string[]
  readonly limitMs: number
  readonly cacheMs: number
  readonly failureThreshold: number
  readonly successThreshold: number
  readonly intervalMs: number | undefined
  readonly dependsOn: readonly string[]
  readonly recover: ResolvedRecoveryOptions | undefined
}

/**
 * Checks and completes a check.
 *
 * @param name Its name.
 * @param run What it does.
 * @param options How.
 * @param defaults What holds for all checks.
 * @throws {TypeError | RangeError} If something is wrong, naming the check and the option.
 */
export function toCheck(
  name: string,
  run: HealthCheck,
  options: CheckOptions,
  defaults: ResolvedHealthOptions,
): AddedCheck {
  const of = (option: string): string => `${option} of ${nonEmptyString('name', name)}`
  const {
    critical = true,
    groups = ['ready'],
    limitMs = defaults.limitMs,
    cacheMs = defaults.cacheMs,
    failureThreshold = defaults.failureThreshold,
    successThreshold = defaults.successThreshold,
    intervalMs,
    dependsOn = [],
    recover,
  } = options
  const check: AddedCheck = {
    name,
    run: callable(of('check'), run),
    critical: boolean(of('critical'), critical),
    groups: names(of('groups'), groups),
    limitMs: upToADay(of('limitMs'), positiveMilliseconds(of('limitMs'), limitMs)),
    cacheMs: milliseconds(of('cacheMs'), cacheMs),
    failureThreshold: positiveInteger(of('failureThreshold'), failureThreshold),
    successThreshold: positiveInteger(of('successThreshold'), successThreshold),
    intervalMs: intervalMs === undefined ? undefined : positiveMilliseconds(of('intervalMs'), intervalMs),
    dependsOn: names(of('dependsOn'), dependsOn),
    recover: recover === undefined ? undefined : toRecovery(of, recover),
  }
  if (check.groups.includes('live') && check.dependsOn.length > 0)
    throw new TypeError(
      `Expected \`${of('groups')}\` to be without "live", as liveness must not depend on "${check.dependsOn[0]}"`,
    )
  return check
}

function toRecovery(
  of: (option: string) => string,
  { run, maxTries = 5, delayMs = 1_000, maxDelayMs = 60_000, limitMs = 10_000 }: RecoveryOptions,
): ResolvedRecoveryOptions {
  if (milliseconds(of('recover.delayMs'), delayMs) > milliseconds(of('recover.maxDelayMs'), maxDelayMs))
    throw new RangeError(
      `Expected \`${of('recover.delayMs')}\` to be at most \`maxDelayMs\`, got ${delayMs} and ${maxDelayMs}`,
    )
  return {
    run: callable(of('recover.run'), run),
    maxTries: positiveInteger(of('recover.maxTries'), maxTries),
    delayMs,
    maxDelayMs,
    limitMs: upToADay(of('recover.limitMs'), positiveMilliseconds(of('recover.limitMs'), limitMs)),
  }
}

function boolean(name: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value
  throw new TypeError(`Expected \`${name}\` to be true or false, got ${String(value)}`)
}

function names(name: string, values: readonly string[]): readonly string[] {
  if (!Array.isArray(values)) throw new TypeError(`Expected \`${name}\` to be a list of names, got ${String(values)}`)
  return [...new Set(values.map((value) => nonEmptyString(name, value)))]
}
