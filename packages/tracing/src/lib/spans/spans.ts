import { type Context, context, type Span, type SpanOptions, trace } from '@opentelemetry/api'
import type { SpanSubject } from '../counts.ts'
import type { TracerFinder } from '../tracer-finder.ts'
import { OpenSpan, type SpanSettings } from './open-span.ts'

/** Begins spans. */
export class Spans {
  readonly settings: SpanSettings
  readonly #finder: TracerFinder

  constructor(finder: TracerFinder, settings: SpanSettings) {
    this.#finder = finder
    this.settings = settings
  }

  /** Whether there is somebody to take them. */
  get isActive(): boolean {
    return this.#finder.find() !== undefined
  }

  /**
   * Begins one.
   *
   * @returns Nothing if there is no SDK, or it threw.
   */
  begin(subject: SpanSubject, name: string, options: SpanOptions, parent: Context): OpenSpan | undefined {
    const tracer = this.#finder.find()
    if (tracer === undefined) return undefined
    try {
      const span = tracer.startSpan(name, options, parent)
      const open = new OpenSpan(span, trace.setSpan(parent, span), this.settings)
      if (open.isRecording) this.settings.counts.begin(subject)
      return open
    } catch (error) {
      this.settings.faults.tell('start', error)
      return undefined
    }
  }

  /** The active span, if it is recorded: only there spans of what happens inside make sense. Never throws. */
  recordedParent(): { readonly span: Span; readonly active: Context } | undefined {
    try {
      const active = context.active()
      const span = trace.getSpan(active)
      return span?.isRecording() ? { span, active } : undefined
    } catch (error) {
      this.settings.faults.tell('context', error)
      return undefined
    }
  }
}
