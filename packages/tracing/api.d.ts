// What @breakwater/tracing offers, written by `pnpm check api --update`. A difference here decides the next version.

declare module '@breakwater/tracing' {
  import type { Clock, HttpExchange, HttpHook, HttpServerHook, Measured, Observable, OperationMessage } from '@breakwater/core'
  import type { Attributes, Link, Span, TracerProvider } from '@opentelemetry/api'

  export interface ContextMissing {
    readonly type: 'context:missing'
  }
  export interface OperationOptions {
    readonly name?: ((message: OperationMessage) => string) | undefined
    readonly attributes?: ((message: OperationMessage) => Attributes | undefined) | undefined
  }
  export interface QueryOptions {
    readonly system?: string | undefined
    readonly attributes?: Attributes | undefined
    readonly maxTextLength?: number | undefined
  }
  export interface Queryable {
    query(...args: never[]): unknown
  }
  export interface SpanFailed {
    readonly type: 'span:failed'
    readonly part: TracingPart
    readonly count: number
    readonly error: unknown
  }
  export interface SpanIds {
    readonly traceId: string
    readonly spanId: string
    readonly traceFlags: number
  }
  export const TRACING_CHANNEL = "breakwater:tracing"
  export interface TraceOptions {
    readonly kind?: 'internal' | 'client' | 'producer' | 'consumer' | 'server' | undefined
    readonly attributes?: Attributes | undefined
    readonly links?: readonly Link[] | undefined
    readonly isRoot?: boolean | undefined
  }
  export interface TracerFound {
    readonly type: 'tracer:found'
  }
  export interface TracerLost {
    readonly type: 'tracer:lost'
  }
  export interface Tracing extends Measured, Observable<TracingEvent>, AsyncDisposable {
    readonly hook: HttpHook
    readonly serverHook: HttpServerHook
    readonly isActive: boolean
    trace<result>(name: string, run: (span: Span) => result, options?: TraceOptions): result
    traceQueries<client extends Queryable>(client: client, options?: QueryOptions): client
    inject<headers extends Record<string, string>>(headers?: headers): headers & Record<string, string>
    activeSpan(exchange?: HttpExchange): SpanIds | undefined
    close(): Promise<void>
  }
  export type TracingEvent = TracerFound | TracerLost | ContextMissing | SpanFailed
  export interface TracingOptions {
    readonly name?: string | undefined
    readonly tracerProvider?: TracerProvider | undefined
    readonly parent?: 'continue' | 'link' | 'ignore' | undefined
    readonly ignore?: ((exchange: HttpExchange) => boolean) | undefined
    readonly attributes?: ((exchange: HttpExchange) => Attributes | undefined) | undefined
    readonly origin?: string | undefined
    readonly operations?: Readonly<Record<string, OperationOptions | false>> | undefined
    readonly recordsExceptions?: boolean | undefined
    readonly clock?: Clock | undefined
  }
  export type TracingPart = 'tracer' | 'parent' | 'start' | 'context' | 'annotate' | 'end' | 'inject'
  export function createTracing(options?: TracingOptions): Tracing
}
