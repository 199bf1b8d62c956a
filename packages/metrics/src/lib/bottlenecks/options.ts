import {
  type Clock,
  callable,
  nonEmptyString,
  positiveInteger,
  positiveMilliseconds,
  systemClock,
} from '@breakwater/core'

/** Operations that a package tells of on a tracing channel of `node:diagnostics_channel`. */
export interface OperationChannel {
  /** Name of the channel without `tracing:` and `:start`, such as `ioredis:command`. */
  readonly channel: string
  /** Which view they belong to, such as `dependency`, or `query` whose names are SQL. */
  readonly kind: string
  /**
   * What to call one, from a bounded set. `undefined` leaves it out.
   *
   * @defaultValue its `source`, which is the object's name where `createOperation` of this family made it
   */
  readonly nameOf?: ((message: Readonly<Record<string, unknown>>) => string | undefined) | undefined
}

/** Options of the views of what is slow. */
export interface BottleneckOptions {
  /**
   * Milliseconds that the views look back, of at least 1,000. The time before it to compare with is twelve times as long.
   *
   * @defaultValue `300_000`, our choice: long enough for some hundred calls, short enough to see what is wrong now
   */
  readonly windowMs?: number | undefined
  /**
   * Names of all kinds that are told apart, such as routes and queries. Each takes 4.5 kB. What comes when all are taken
   * is counted as `(other)`, until one was not heard of for as long as the views remember.
   *
   * @defaultValue `500`, our choice: 2.3 MB at most
   */
  readonly maxNames?: number | undefined
  /**
   * Operations to listen to, such as `{ channel: 'ioredis:command', kind: 'dependency' }`. Whoever does them pays some 1.5 us
   * for each. Names of the kind `query` are taken for SQL, and values are taken out of them, so that neither names nor secrets
   * pile up.
   *
   * @defaultValue loads of caches as `load`, and what policies execute as `dependency`: next to what they stand for, 1.5 us is little
   */
  readonly channels?: readonly OperationChannel[] | undefined
  /** @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

/** {@link BottleneckOptions} with every default in place. */
export interface ResolvedBottleneckOptions {
  readonly windowMs: number
  readonly maxNames: number
  readonly channels: readonly OperationChannel[]
  readonly clock: Clock
}

/** Strings, as observers import no feature. */
const CHANNELS: readonly OperationChannel[] = [
  { channel: 'breakwater:cache:load', kind: 'load' },
  { channel: 'breakwater:resilience:execute', kind: 'dependency' },
]
const LEAST_WINDOW_MS = 1_000

/**
 * @throws {TypeError} If an option is of the wrong type.
 * @throws {RangeError} If a number is out of its range.
 */
export function resolveBottleneckOptions({
  windowMs = 300_000,
  maxNames = 500,
  channels = CHANNELS,
  clock = systemClock,
}: BottleneckOptions = {}): ResolvedBottleneckOptions {
  if (positiveMilliseconds('bottlenecks.windowMs', windowMs) < LEAST_WINDOW_MS)
    throw new RangeError(`Expected \`bottlenecks.windowMs\` to be at least ${LEAST_WINDOW_MS}, got ${windowMs}`)
  if (!Array.isArray(channels))
    throw new TypeError(`Expected \`bottlenecks.channels\` to be an array, got ${typeof channels}`)
  for (const [index, { channel, kind, nameOf }] of channels.entries()) {
    nonEmptyString(`bottlenecks.channels[${index}].channel`, channel)
    nonEmptyString(`bottlenecks.channels[${index}].kind`, kind)
    if (nameOf !== undefined) callable(`bottlenecks.channels[${index}].nameOf`, nameOf)
  }
  return { windowMs, maxNames: positiveInteger('bottlenecks.maxNames', maxNames), channels: [...channels], clock }
}
