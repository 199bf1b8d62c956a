import { type Attributes, type Context, context, type Exception, type Span, SpanStatusCode } from '@opentelemetry/api'
import type { Counts } from '../counts.ts'
import type { Faults } from '../faults.ts'
import { describeThrown } from './errors.ts'

/** What all spans share. */
export interface SpanSettings {
  readonly faults: Faults
  readonly counts: Counts
  readonly recordsExceptions: boolean
}

/** A span that was begun. Nothing that it does throws, but for what is run in it. */
export class OpenSpan {
  readonly span: Span
  /** Where it is the active one. */
  readonly context: Context
  /** Whether anybody will see it: asked once, as what is written on it costs. */
  readonly isRecording: boolean
  readonly #settings: SpanSettings
  #isEnded = false

  constructor(span: Span, context: Context, settings: SpanSettings) {
    this.span = span
    this.context = context
    this.isRecording = span.isRecording()
    this.#settings = settings
  }

  /** Runs something with this span as the active one. */
  enter<result>(run: () => result): result {
    return runIn(this.context, run, this.#settings.faults)
  }

  /** Says more about it. */
  annotate(attributes: Attributes): void {
    if (!this.isRecording) return
    try {
      this.span.setAttributes(attributes)
    } catch (error) {
      this.#settings.faults.tell('annotate', error)
    }
  }

  /**
   * Marks it as failed.
   *
   * @param error What was thrown.
   * @param showsError Whether it may be told what was thrown, beyond its type.
   */
  fail(error: unknown, showsError: boolean = this.#settings.recordsExceptions): void {
    if (!this.isRecording) return
    try {
      const { type, message } = describeThrown(error)
      this.span.setAttribute('error.type', type)
      this.span.setStatus(showsError ? { code: SpanStatusCode.ERROR, message } : { code: SpanStatusCode.ERROR })
      if (showsError) this.span.recordException(error instanceof Error ? error : ({ name: type, message } as Exception))
    } catch (fault) {
      this.#settings.faults.tell('annotate', fault)
    }
  }

  /** Ends it, once. */
  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    if (!this.isRecording) return
    this.#settings.counts.open--
    try {
      this.span.end()
    } catch (error) {
      this.#settings.faults.tell('end', error)
    }
  }

  /** Runs something in it, and ends it when that has returned, or what it returned is settled. */
  trace<result>(run: () => result): result {
    let result: result
    try {
      result = this.enter(run)
    } catch (error) {
      this.fail(error)
      this.end()
      throw error
    }
    if (!isThenable(result)) {
      this.end()
      return result
    }
    return result.then(
      (value) => {
        this.end()
        return value
      },
      (error) => {
        this.fail(error)
        this.end()
        throw error
      },
    ) as result
  }
}

/** Runs something in a context exactly once, whatever becomes of the context manager. */
function runIn<result>(active: Context, run: () => result, faults: Faults): result {
  let outcome: { readonly result: result } | { readonly error: unknown } | undefined
  try {
    context.with(active, () => {
      if (outcome !== undefined) return
      try {
        outcome = { result: run() }
      } catch (error) {
        outcome = { error }
      }
    })
  } catch (error) {
    faults.tell('context', error)
  }
  if (outcome === undefined) return run()
  if ('error' in outcome) throw outcome.error
  return outcome.result
}

/** Whether somebody has to wait for it. */
export function isThenable<value>(value: value): value is value & PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
