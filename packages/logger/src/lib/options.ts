import { type Clock, nonEmptyString, oneOf, ratio, systemClock } from '@breakwater/core'
import { type ContextOptions, type ResolvedContextOptions, resolveContextOptions } from './context/options.ts'
import { type HearOptions, type ResolvedHearOptions, resolveHearOptions } from './heard/options.ts'
import { type LineLimits, type ResolvedLineLimits, resolveLineLimits } from './line/limits.ts'
import { type Shape, type ShapeName, shapeOf } from './line/shape.ts'
import type { PinoLogger, PinoStream } from './pino/port.ts'
import type { RedactOptions } from './redact/options.ts'
import { type RequestOptions, type ResolvedRequestOptions, resolveRequestOptions } from './request/options.ts'

/** How much a line matters, least first. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** Options of `createLogger`. */
export interface LoggerOptions {
  /**
   * Name in events and metrics.
   *
   * @defaultValue `log`
   */
  readonly name?: string | undefined
  /**
   * Name of the service, on every line. With a pino logger of your own, that has its own fields.
   *
   * @defaultValue `npm_package_name` of the environment, else `node`
   */
  readonly service?: string | undefined
  /**
   * Where it runs, such as `production`, on every line.
   *
   * @defaultValue `NODE_ENV` of the environment, else `development`
   */
  readonly env?: string | undefined
  /**
   * The lowest level that is written; `silent` writes none.
   *
   * @defaultValue `info`, as of pino; with a pino logger of your own, its level
   */
  readonly level?: LogLevel | 'silent' | undefined
  /**
   * Where lines go: what `createDestination` made, or any stream that pino writes to.
   *
   * @defaultValue standard output, each line at once
   */
  readonly destination?: PinoStream | undefined
  /**
   * A pino logger of your own. Its levels, fields, serializers, formatters and transports stay; context and redaction
   * are added to what is written through this logger, and nothing changes for who goes on to use yours.
   *
   * @defaultValue one is made
   */
  readonly pino?: PinoLogger | undefined
  /**
   * How fields are called.
   *
   * @defaultValue `breakwater`
   */
  readonly shape?: ShapeName | undefined
  /** What counts as a secret, besides what always does. */
  readonly redact?: RedactOptions | undefined
  /** Where the ids of requests come from. */
  readonly context?: ContextOptions | undefined
  /**
   * What is written about requests; `false` writes nothing about them, and only gives their ids to what you write.
   *
   * @defaultValue a line for each
   */
  readonly requests?: RequestOptions | false | undefined
  /**
   * Which events of other packages become lines; `false` hears none.
   *
   * @defaultValue all
   */
  readonly hear?: HearOptions | false | undefined
  /**
   * Part of the requests whose lines below `warn` are written, between 0 and 1; warnings and errors always are, and
   * so is what belongs to no request. Lines of such requests have it as `sampleRatio`, so that counts can be put right.
   *
   * @defaultValue `1`
   */
  readonly sampleRatio?: number | undefined
  /**
   * Whether a line tells of an error that nobody caught, before the process ends of it or goes on as you decide.
   *
   * @defaultValue `true`
   */
  readonly crashes?: boolean | undefined
  /** How much of what it is given a line shows. */
  readonly limits?: LineLimits | undefined
  /**
   * Where time comes from.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/** {@link LoggerOptions} with every default in place. */
export interface ResolvedLoggerOptions {
  readonly name: string
  readonly service: string
  readonly env: string
  readonly level: LogLevel | 'silent' | undefined
  readonly destination: PinoStream | undefined
  readonly pino: PinoLogger | undefined
  readonly shape: Shape
  readonly redact: RedactOptions | undefined
  readonly context: ResolvedContextOptions
  readonly requests: ResolvedRequestOptions | undefined
  readonly hear: ResolvedHearOptions | undefined
  readonly sampleRatio: number
  readonly crashes: boolean
  readonly limits: ResolvedLineLimits
  readonly clock: Clock
}

/**
 * @throws {TypeError} If an option is not what it should be.
 * @throws {RangeError} If a number is out of its range.
 */
export function resolveOptions({
  name = 'log',
  service = process.env.npm_package_name || 'node',
  env = process.env.NODE_ENV || 'development',
  level,
  destination,
  pino,
  shape = 'breakwater',
  redact,
  context,
  requests,
  hear,
  sampleRatio = 1,
  crashes = true,
  limits,
  clock = systemClock,
}: LoggerOptions = {}): ResolvedLoggerOptions {
  if (destination !== undefined && pino !== undefined)
    throw new TypeError('Expected either `destination` or `pino`, got both: a pino logger has its own destination')
  if (destination !== undefined && typeof destination?.write !== 'function')
    throw new TypeError('Expected `destination` to be something with `write()`, such as `createDestination()` makes')
  if (pino !== undefined && (typeof pino?.child !== 'function' || typeof pino.isLevelEnabled !== 'function'))
    throw new TypeError('Expected `pino` to be a logger of pino')
  return {
    name: nonEmptyString('name', name),
    service: nonEmptyString('service', service),
    env: nonEmptyString('env', env),
    level: level === undefined ? undefined : oneOf('level', level, LEVELS),
    destination,
    pino,
    shape: shapeOf(shape),
    redact,
    context: resolveContextOptions(context),
    requests: requests === false ? undefined : resolveRequestOptions(requests),
    hear: hear === false ? undefined : resolveHearOptions(hear),
    sampleRatio: ratio('sampleRatio', sampleRatio),
    crashes,
    limits: resolveLineLimits(limits),
    clock,
  }
}
