/**
 * OpenTelemetry spans for requests, and for what the features do inside them.
 *
 * @module
 */
export {
  type ContextMissing,
  type SpanFailed,
  TRACING_CHANNEL,
  type TracerFound,
  type TracerLost,
  type TracingEvent,
  type TracingPart,
} from './lib/events.ts'
export type { OperationOptions } from './lib/operations/options.ts'
export type { TracingOptions } from './lib/options.ts'
export type { QueryOptions } from './lib/queries/options.ts'
export type { Queryable } from './lib/queries/traced-client.ts'
export { createTracing, type SpanIds, type TraceOptions, type Tracing } from './lib/tracing.ts'
