import {
  type Clock,
  callable,
  type HttpExchange,
  milliseconds,
  nonEmptyString,
  positiveInteger,
  positiveMilliseconds,
  systemClock,
} from '@breakwater/core'

/** Options of `createHealth`. */
export interface HealthOptions {
  /**
   * Name in events and metrics.
   *
   * @defaultValue `process`
   */
  readonly name?: string | undefined
  /**
   * Version of the service, told in answers.
   *
   * @defaultValue none
   */
  readonly version?: string | undefined
  /**
   * Milliseconds that a run of a check may take. Each check may have a limit of its own.
   *
   * @defaultValue `400`, our choice: so that an answer comes within 500 ms; probes of Kubernetes wait for 1 s
   */
  readonly limitMs?: number | undefined
  /**
   * Milliseconds for which the result of a run is served. When half of it is over, the next run begins in the background as
   * somebody asks. `0`: every probe waits for a run, which it shares with those that ask meanwhile.
   *
   * @defaultValue `1_000`, our choice: a tenth of the period of a Kubernetes probe
   */
  readonly cacheMs?: number | undefined
  /**
   * Results in a row that are worse than a check's status, before its status is. The first result counts at once.
   *
   * @defaultValue `2`, our choice: one lost packet is no outage
   */
  readonly failureThreshold?: number | undefined
  /**
   * Results in a row that are better than a check's status, before its status is.
   *
   * @defaultValue `1`, as of a Kubernetes probe
   */
  readonly successThreshold?: number | undefined
  /**
   * What is answered while degraded. Unhealthy is always 503.
   *
   * @defaultValue `200`, so that a service which still works is not taken out
   */
  readonly degradedStatus?: 200 | 503 | undefined
  /**
   * Who may see causes, data and times. Called for each request for them. Only `true` shows anything: a promise does not.
   *
   * @defaultValue nobody
   */
  readonly showsDetails?: ((exchange: HttpExchange) => boolean) | undefined
  /**
   * Where time comes from. The thread that serves liveness has a clock of its own.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/** The options as they hold. */
export type ResolvedHealthOptions = Required<{
  readonly [key in Exclude<keyof HealthOptions, 'version'>]: NonNullable<HealthOptions[key]>
}> & { readonly version: string | undefined }

/**
 * Checks and completes the options.
 *
 * @param options What was given.
 * @throws {TypeError | RangeError} If one of them is wrong, naming it.
 */
export function resolveHealthOptions({
  name = 'process',
  version,
  limitMs = 400,
  cacheMs = 1_000,
  failureThreshold = 2,
  successThreshold = 1,
  degradedStatus = 200,
  showsDetails = () => false,
  clock = systemClock,
}: HealthOptions): ResolvedHealthOptions {
  if (degradedStatus !== 200 && degradedStatus !== 503)
    throw new RangeError(`Expected \`degradedStatus\` to be 200 or 503, got ${String(degradedStatus)}`)
  return {
    name: nonEmptyString('name', name),
    version: version === undefined ? undefined : nonEmptyString('version', version),
    limitMs: upToADay('limitMs', positiveMilliseconds('limitMs', limitMs)),
    cacheMs: milliseconds('cacheMs', cacheMs),
    failureThreshold: positiveInteger('failureThreshold', failureThreshold),
    successThreshold: positiveInteger('successThreshold', successThreshold),
    degradedStatus,
    showsDetails: callable('showsDetails', showsDetails),
    clock,
  }
}

const LONGEST_MS = 86_400_000

/** A limit that is longer than a day is none. */
export function upToADay(name: string, ms: number): number {
  if (ms <= LONGEST_MS) return ms
  throw new RangeError(`Expected \`${name}\` to be at most ${LONGEST_MS}, a day, got ${ms}`)
}
