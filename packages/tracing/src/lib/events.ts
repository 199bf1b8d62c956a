/** Name of the `node:diagnostics_channel` on which tracing publishes its events. */
export const TRACING_CHANNEL = 'breakwater:tracing'

/** What tracing tells. */
export type TracingEvent = TracerFound | TracerLost | ContextMissing | SpanFailed

/** An OpenTelemetry SDK is there: spans are made from now on. */
export interface TracerFound {
  /** The kind of event. */
  readonly type: 'tracer:found'
}

/** The SDK is gone: no spans are made any more. */
export interface TracerLost {
  /** The kind of event. */
  readonly type: 'tracer:lost'
}

/**
 * There is an SDK, but no context manager. Requests get spans; what happens inside them does not, as nothing says which
 * request it belongs to.
 */
export interface ContextMissing {
  /** The kind of event. */
  readonly type: 'context:missing'
}

/**
 * What was being done when something threw: `start`, `annotate` and `end` a span, enter its `context`, read a `parent`
 * or write one (`inject`), or find the `tracer`.
 */
export type TracingPart = 'tracer' | 'parent' | 'start' | 'context' | 'annotate' | 'end' | 'inject'

/** OpenTelemetry, or a function among the options, threw. What was traced went on. Told at most once a minute for each part. */
export interface SpanFailed {
  /** The kind of event. */
  readonly type: 'span:failed'
  /** What was being done. */
  readonly part: TracingPart
  /** How often since it was last told. */
  readonly count: number
  /** What was thrown. */
  readonly error: unknown
}
