import { callable, type HttpExchange, positiveInteger } from '@breakwater/core'
import { defaultPriority, type ShedPriority } from './priority.ts'

/** How requests are refused when there are too many. Needs no tuning. */
export interface ShedOptions {
  /**
   * How much a request matters. Called for each, before anything else is done for it: be quick. `vital` ones are never refused and
   * not counted, so give that also to what stays open for long by design, such as long polling.
   *
   * @defaultValue health, metrics and admin paths are `vital`, all others `normal`
   */
  readonly priority?: ((exchange: HttpExchange) => ShedPriority) | undefined
  /**
   * Requests at once that are taken for harmless as long as nothing is known. Only matters in the first second of a process that
   * gets too much at once.
   *
   * @defaultValue `100`, our choice: five times what Netflix' concurrency-limits begin with
   */
  readonly initialConcurrency?: number | undefined
  /**
   * The most requests that may be under way, whatever was learned.
   *
   * @defaultValue `10_000`, our choice: some 100 MB of requests
   */
  readonly maxConcurrency?: number | undefined
  /**
   * The longest time that a refused client is told to stay away, in seconds. Each is told another one, from 1 to the more the more
   * is wanted, so that they do not come back all at once.
   *
   * @defaultValue `30`, our choice
   */
  readonly maxRetryAfterSeconds?: number | undefined
}

/** The options as they hold. */
export type ResolvedShedOptions = Required<{ readonly [key in keyof ShedOptions]: NonNullable<ShedOptions[key]> }>

/**
 * Checks and completes the options.
 *
 * @param options What was given.
 * @throws {TypeError | RangeError} If one of them is wrong, naming it.
 */
export function resolveShedOptions({
  priority = defaultPriority,
  initialConcurrency,
  maxConcurrency = 10_000,
  maxRetryAfterSeconds = 30,
}: ShedOptions): ResolvedShedOptions {
  positiveInteger('shed.maxConcurrency', maxConcurrency)
  const initial = positiveInteger('shed.initialConcurrency', initialConcurrency ?? Math.min(100, maxConcurrency))
  if (initial > maxConcurrency)
    throw new RangeError(
      `Expected \`shed.initialConcurrency\` to be at most \`shed.maxConcurrency\`, got ${initial} and ${maxConcurrency}`,
    )
  const seconds = positiveInteger('shed.maxRetryAfterSeconds', maxRetryAfterSeconds)
  if (seconds > 3_600) throw new RangeError(`Expected \`shed.maxRetryAfterSeconds\` to be at most 3600, got ${seconds}`)
  return {
    priority: callable('shed.priority', priority),
    initialConcurrency: initial,
    maxConcurrency,
    maxRetryAfterSeconds: seconds,
  }
}
