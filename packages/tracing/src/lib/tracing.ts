import {
  createEmitter,
  type HttpExchange,
  type HttpHook,
  type HttpServerHook,
  type Measured,
  type Observable,
} from '@breakwater/core'
import {
  type Attributes,
  context,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  trace,
} from '@opentelemetry/api'
import { Counts } from './counts.ts'
import { TRACING_CHANNEL, type TracingEvent } from './events.ts'
import { createFaults } from './faults.ts'
import { createRequestTracing } from './http/hook.ts'
import type { RequestSpan } from './http/request-span.ts'
import { createUpgradeTracing } from './http/upgrade.ts'
import { followOperations } from './operations/follow.ts'
import { resolveOptions, type TracingOptions } from './options.ts'
import { writeActive } from './propagation/propagation.ts'
import type { QueryOptions } from './queries/options.ts'
import { createTracedClient, type Queryable } from './queries/traced-client.ts'
import { Spans } from './spans/spans.ts'
import { hasContextManager, TracerFinder } from './tracer-finder.ts'

/** Where something belongs among the spans of a distributed trace. */
export interface SpanIds {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
  /** Bit 0 says whether the span is kept, and so can be looked up. */
  readonly traceFlags: number
}

/** Options of {@link Tracing.trace}. */
export interface TraceOptions {
  /**
   * `client` for calls of other services, `producer` and `consumer` for messages, `internal` for the rest.
   *
   * @defaultValue `internal`
   */
  readonly kind?: 'internal' | 'client' | 'producer' | 'consumer' | 'server' | undefined
  /**
   * What it is about.
   *
   * @defaultValue none
   */
  readonly attributes?: Attributes | undefined
  /**
   * Spans that it has to do with and that are no parents of it, such as of the messages of a batch.
   *
   * @defaultValue none
   */
  readonly links?: readonly Link[] | undefined
  /**
   * Whether it begins a trace of its own, such as a job does.
   *
   * @defaultValue `false`
   */
  readonly isRoot?: boolean | undefined
}

/** Makes spans of what happens. */
export interface Tracing extends Measured, Observable<TracingEvent>, AsyncDisposable {
  /** Gives each request a span, which is the active one in its handler and whatever that starts. */
  readonly hook: HttpHook
  /** Gives each upgrade a span, until it is answered. By `serverHooks` of `toPlugin`, or `attach` of `@breakwater/core`. */
  readonly serverHook: HttpServerHook
  /** Whether an SDK takes spans. */
  readonly isActive: boolean
  /**
   * Runs something in a span of its own, which ends when that has returned, or what it returned is settled.
   *
   * @param name What is done, such as `resize image`. From a bounded set.
   * @param run What to run. Called once, also without an SDK: with a span that keeps nothing then.
   * @param options What the span says.
   * @returns What it returns. Of what has a `then`, what that returns.
   */
  trace<result>(name: string, run: (span: Span) => result, options?: TraceOptions): result
  /**
   * Shows a database client whose queries have spans, with their text and without their values. What a pool lends is shown
   * in the same way.
   *
   * @param client Anything with `query`, such as a client or pool of `pg` or `mysql2`. It stays as it is.
   * @param options What the spans say.
   * @returns The same, traced.
   * @throws {TypeError} If it has no `query`.
   */
  traceQueries<client extends Queryable>(client: client, options?: QueryOptions): client
  /**
   * Tells another service which span it is called in.
   *
   * @param headers Headers of the request that is about to be sent. They are added to.
   * @returns The same, with `traceparent` and what else the registered propagator writes. Unchanged without an SDK.
   */
  inject<headers extends Record<string, string>>(headers?: headers): headers & Record<string, string>
  /**
   * The span that something belongs to, such as for log lines and exemplars.
   *
   * @param exchange Of which request. Without one, that of where this is called: the active span, or in hooks that come
   * before this one, when a request ends, that of the request.
   */
  activeSpan(exchange?: HttpExchange): SpanIds | undefined
  /** Makes no spans any more, and stops hearing others. Those that are under way still end. The SDK is yours to shut down. */
  close(): Promise<void>
}

const KINDS = {
  internal: SpanKind.INTERNAL,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  server: SpanKind.SERVER,
} as const

/**
 * Creates what makes spans, of the OpenTelemetry SDK that is registered, now or later.
 *
 * While there is none, nothing is made and nothing is heard. Whatever OpenTelemetry throws goes no further.
 *
 * @param options What gets spans, and what they say.
 * @throws {TypeError} If an option is not what it should be.
 *
 * @example
 * ```ts
 * const tracing = createTracing()
 * await app.register(toPlugin({ hooks: [tracing.hook] }))
 * ```
 */
export function createTracing(options: TracingOptions = {}): Tracing {
  const resolved = resolveOptions(options)
  const { name, tracerProvider, operations, recordsExceptions, clock } = resolved
  const events = createEmitter<TracingEvent>(TRACING_CHANNEL, name)
  const faults = createFaults(events, clock)
  const counts = new Counts()
  let unfollow: (() => void) | undefined

  const finder = new TracerFinder(tracerProvider, {
    onChange(tracer) {
      unfollow?.()
      // Who subscribes makes operations dearer, so that nobody does before there is a use.
      unfollow = tracer === undefined ? undefined : followOperations(operations, spans)
      events.emit({ type: tracer === undefined ? 'tracer:lost' : 'tracer:found' })
      if (tracer !== undefined && !hasContextManager()) events.emit({ type: 'context:missing' })
    },
    onFault: (error) => faults.tell('tracer', error),
  })
  const spans: Spans = new Spans(finder, { faults, counts, recordsExceptions })

  // Of a request that has just ended, for hooks that are told of that after this one.
  let ended: RequestSpan | undefined
  const forget = (): void => {
    ended = undefined
  }
  const requests = createRequestTracing(resolved, spans, (request) => {
    ended = request
    if (request !== undefined) queueMicrotask(forget)
  })

  function findActive(): SpanIds | undefined {
    if (finder.current === undefined) return undefined
    const active = trace.getSpanContext(context.active())
    const last = ended?.spanContext
    // A span inside of the request may still be active where it ends, and one of something else where others go on.
    return toIds(last !== undefined && (active === undefined || active.traceId === last.traceId) ? last : active)
  }

  const noSpan = trace.wrapSpanContext(INVALID_SPAN_CONTEXT)
  finder.find()
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => finder.close()

  return {
    kind: 'tracing',
    name,
    hook: requests.hook,
    serverHook: createUpgradeTracing(resolved, spans),
    get isActive() {
      return spans.isActive
    },
    trace(name, run, { kind = 'internal', attributes, links, isRoot } = {}) {
      const given: SpanOptions = {
        kind: KINDS[kind],
        ...(attributes && { attributes }),
        ...(links && { links: [...links] }),
      }
      const span = spans.isActive
        ? spans.begin('own', name, given, isRoot ? ROOT_CONTEXT : context.active())
        : undefined
      return span === undefined ? run(noSpan) : span.trace(() => run(span.span))
    },
    traceQueries: (client, given = {}) => createTracedClient(client, given, spans),
    inject<headers extends Record<string, string>>(headers = {} as headers) {
      if (!spans.isActive) return headers
      try {
        writeActive(headers)
      } catch (error) {
        faults.tell('inject', error)
      }
      return headers
    },
    activeSpan(exchange) {
      try {
        return exchange === undefined ? findActive() : toIds(requests.find(exchange)?.spanContext)
      } catch (error) {
        faults.tell('context', error)
        return undefined
      }
    },
    subscribe: events.subscribe,
    measure: () => counts.measure(finder.current !== undefined, faults.count),
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  }
}

function toIds(span: SpanIds | undefined): SpanIds | undefined {
  if (span === undefined || !isSpanContextValid(span)) return undefined
  return { traceId: span.traceId, spanId: span.spanId, traceFlags: span.traceFlags }
}
