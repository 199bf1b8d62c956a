import { milliseconds } from '@breakwater/core'
import { tagList } from '../check.ts'
import { type Entry, NO_TAGS } from '../entry.ts'

/** What a loader returns for "what you have is still right": see {@link LoadContext.notModified}. */
export interface NotModified {
  /** Tells it from values, for the compiler: this very object is what counts. */
  readonly notModified: true
}

/** The only one. */
export const NOT_MODIFIED: NotModified = { notModified: true }

/** What a loader is told, and can say. */
export interface LoadContext<value = unknown> {
  /** Which key, without the prefixes of namespaces. */
  readonly key: string
  /** Aborts when the loader exceeds its hard limit, or the cache is closed. */
  readonly signal: AbortSignal
  /** The value that expired, if it is still there: for a conditional request. */
  readonly previous: PreviousValue<value> | undefined
  /** Adds tags to those of the call. */
  tag(...tags: string[]): void
  /**
   * Chooses the ttl, in place of the call's.
   *
   * @param ttlMs Milliseconds; `0` keeps nothing.
   */
  ttl(ttlMs: number): void
  /**
   * To be returned if the previous value is still right: it is fresh again, with the tags it had.
   *
   * @throws {TypeError} If there is none.
   */
  notModified(): NotModified
}

/** A value that expired. */
export interface PreviousValue<value> {
  /** The value. */
  readonly value: value
  /** Milliseconds since it was read from its source. */
  readonly ageMs: number
}

/**
 * Reads a value from its source.
 *
 * @param context What is asked for, and what can be said about the value.
 * @returns The value: `null` says that there is nothing, `undefined` is an error.
 */
export type Loader<value, known = value> = (
  context: LoadContext<known>,
) => value | NotModified | PromiseLike<value | NotModified>

/** What a load holds for its loader. The signal is made when it is asked for: most loaders do not. */
export class LoadCall implements LoadContext {
  readonly key: string
  readonly previous: PreviousValue<unknown> | undefined
  /** As chosen inside the loader. */
  chosenTtlMs: number | undefined = undefined
  chosenTags: readonly string[] | undefined = undefined
  /** Tags of the previous value: of one that was not modified, nobody else knows them. */
  readonly previousTags: readonly string[]
  #controller: AbortController | undefined = undefined
  #reason: Error | undefined = undefined

  /**
   * @param fallback The value that expired, if the loader may have it.
   * @param nowMs When the loader is called.
   */
  constructor(key: string, fallback?: Entry | undefined, nowMs = 0) {
    this.key = key
    this.previous = fallback === undefined ? undefined : { value: fallback.value, ageMs: nowMs - fallback.bornMs }
    this.previousTags = fallback?.tags ?? NO_TAGS
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }

  // Getters, so that `({ tag }) => …` works and nothing is made for a loader that does not ask.
  get tag(): (...tags: string[]) => void {
    return (...tags) => {
      this.chosenTags = tagList('the tags', this.chosenTags === undefined ? tags : [...this.chosenTags, ...tags])
    }
  }

  get ttl(): (ttlMs: number) => void {
    return (ttlMs) => {
      this.chosenTtlMs = milliseconds('ttlMs', ttlMs)
    }
  }

  get notModified(): () => NotModified {
    return () => {
      if (this.previous !== undefined) return NOT_MODIFIED
      throw new TypeError(`Expected a previous value of "${this.key}" that could be "not modified", got none`)
    }
  }

  abort(reason: Error): void {
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}
