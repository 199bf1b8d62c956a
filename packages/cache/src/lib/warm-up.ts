import { callable, nonNegativeInteger, positiveInteger } from '@breakwater/core'
import { abortable } from './abortable.ts'
import { isCacheClosedError } from './errors.ts'
import type { Loader } from './load/load-context.ts'
import type { LoadOptions } from './options.ts'

/** Options of {@link CacheNamespace.warmUp}. */
export interface WarmUpOptions extends LoadOptions {
  /**
   * Keys that are loaded at once.
   *
   * @defaultValue `8`, our choice
   */
  readonly concurrency?: number | undefined
  /**
   * Keys at the beginning that are left out: the `position` of an earlier report.
   *
   * @defaultValue `0`
   */
  readonly from?: number | undefined
  /** Called after each key, with the report so far. What it throws ends the warm-up. */
  readonly onProgress?: ((report: WarmUpReport) => void) | undefined
}

/** How far a warm-up came. */
export interface WarmUpReport {
  /** Keys that are in the cache now, those that were before included. */
  readonly warmed: number
  /** Keys whose loader failed. */
  readonly failed: number
  /** The first of them, at most 100. */
  readonly failures: readonly WarmUpFailure[]
  /** Every key before this one is done: begin here to go on, by `from`. */
  readonly position: number
  /** Whether all keys are done. */
  readonly isComplete: boolean
}

/** A key that could not be loaded. */
export interface WarmUpFailure {
  /** Which key. */
  readonly key: string
  /** What the loader threw. */
  readonly error: unknown
}

const MAX_FAILURES = 100

/**
 * Loads keys before they are asked for, a few at a time.
 *
 * @param keys Which ones, read as they are needed.
 * @param load Loads one.
 * @param options How many at once, and where to begin.
 */
export async function warmUp(
  keys: Iterable<string> | AsyncIterable<string>,
  load: (key: string, loader: Loader<unknown>, options: LoadOptions) => Promise<unknown>,
  loader: Loader<unknown>,
  options: WarmUpOptions = {},
): Promise<WarmUpReport> {
  const { concurrency = 8, from = 0, onProgress, signal, ...rest } = options
  positiveInteger('concurrency', concurrency)
  nonNegativeInteger('from', from)
  callable('loader', loader)
  if (onProgress !== undefined) callable('onProgress', onProgress)
  const progress = new Progress(from)
  const iterator = iterate(keys)
  let isExhausted = false
  let next = 0
  let reading: Promise<unknown> = Promise.resolve()
  let broken: { error: unknown } | undefined

  // One reader at a time: an async iterator may not like to be asked twice at once.
  const take = (): Promise<[key: string, place: number] | undefined> => {
    const taken = reading.then(async () => {
      while (!isExhausted && broken === undefined && signal?.aborted !== true) {
        const read = Promise.resolve(iterator.next())
        const { done, value } = await (signal === undefined ? read : abortable(read, signal))
        if (done === true) isExhausted = true
        else if (next++ >= from) return [value, next - 1] as [string, number]
      }
      return undefined
    })
    reading = taken.catch(() => {})
    return taken
  }
  const work = async (): Promise<void> => {
    for (let item = await take(); item !== undefined; item = await take()) {
      const [key, place] = item
      try {
        await load(key, loader, { ...rest, signal })
        progress.warmed++
      } catch (error) {
        // Given up by the caller: not done, so that the next run begins with it.
        if (signal?.aborted) return
        // Nor is any other one going to be.
        if (isCacheClosedError(error)) throw error
        progress.fail(key, error)
      }
      progress.finish(place)
      onProgress?.(progress.report(false))
    }
  }
  const workers = Array.from({ length: concurrency }, () =>
    work().catch((error) => {
      if (signal?.aborted !== true) broken ??= { error }
    }),
  )
  await Promise.all(workers)
  // Who hangs in `next()` would hang here as well.
  if (!isExhausted) Promise.resolve(iterator.return?.()).catch(() => {})
  if (broken !== undefined) throw broken.error
  return progress.report(isExhausted && progress.position >= next)
}

class Progress {
  warmed = 0
  position: number
  #failed = 0
  readonly #failures: WarmUpFailure[] = []
  /** Done, but not everything before is. At most as many as are loaded at once. */
  readonly #ahead = new Set<number>()

  constructor(from: number) {
    this.position = from
  }

  fail(key: string, error: unknown): void {
    this.#failed++
    if (this.#failures.length < MAX_FAILURES) this.#failures.push({ key, error })
  }

  finish(place: number): void {
    this.#ahead.add(place)
    while (this.#ahead.delete(this.position)) this.position++
  }

  report(isComplete: boolean): WarmUpReport {
    const { warmed, position } = this
    return { warmed, failed: this.#failed, failures: [...this.#failures], position, isComplete }
  }
}

function iterate(keys: Iterable<string> | AsyncIterable<string>): Iterator<string> | AsyncIterator<string> {
  return Symbol.asyncIterator in keys ? keys[Symbol.asyncIterator]() : keys[Symbol.iterator]()
}
