import type { HttpExchange, HttpHook } from '@breakwater/core'
import {
  type Context,
  context,
  type Link,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import type { ResolvedOptions } from '../options.ts'
import { readParent } from '../propagation/propagation.ts'
import type { OpenSpan } from '../spans/open-span.ts'
import type { Spans } from '../spans/spans.ts'
import { createStartAttributes } from './attributes.ts'
import { knownMethod, nameOf } from './methods.ts'
import { findRpcMetadata, RequestSpan } from './request-span.ts'

/** The hook, and what it knows of exchanges. */
export interface RequestTracing {
  readonly hook: HttpHook
  /** The span of an exchange. */
  find(exchange: HttpExchange): RequestSpan | undefined
}

/** Where a request comes from. */
interface Parent {
  readonly from: Context
  /** Whom it continues. */
  readonly caller?: SpanContext | undefined
  /** Whom it only names. */
  readonly links?: Link[] | undefined
}

/** A request that waited longer before it got here began earlier, as where the framework answered by itself. */
const LATE_MS = 1

/**
 * A span for each request.
 *
 * @param onEnded Hears of each span that ends.
 */
export function createRequestTracing(
  { parent, ignore, attributes, origin, clock }: ResolvedOptions,
  spans: Spans,
  onEnded: (request: RequestSpan | undefined) => void,
): RequestTracing {
  const { faults, counts } = spans.settings
  const toStartAttributes = createStartAttributes(origin)
  // While it is 0 nobody looks into the slots of an exchange, which are only made when somebody does.
  let open = 0

  function begin(exchange: HttpExchange): RequestSpan | undefined {
    const theirs = findRpcMetadata(context.active())
    if (theirs !== undefined) return new RequestSpan(undefined, theirs)
    const span = beginOwn(exchange)
    if (span === undefined) return undefined
    if (!span.isRecording) counts.unsampled++
    return new RequestSpan(span)
  }

  function beginOwn(exchange: HttpExchange): OpenSpan | undefined {
    const { from, caller, links } = findParent(exchange)
    // Samplers that follow the caller, as nearly all do, drop it whatever it says: to say it takes longer than all the rest.
    const isUnwanted = caller !== undefined && (caller.traceFlags & TraceFlags.SAMPLED) === 0
    const options: SpanOptions = { kind: SpanKind.SERVER }
    if (!isUnwanted) options.attributes = toStartAttributes(exchange)
    const lateMs = clock.now() - exchange.startedAtMs
    if (lateMs > LATE_MS) options.startTime = Date.now() - lateMs
    if (links !== undefined) options.links = links
    const span = spans.begin('request', nameOf(knownMethod(exchange.method), undefined), options, from)
    if (isUnwanted && span?.isRecording) span.annotate(toStartAttributes(exchange))
    return span
  }

  function findParent(exchange: HttpExchange): Parent {
    if (parent === 'ignore') return { from: ROOT_CONTEXT }
    let from: Context = ROOT_CONTEXT
    try {
      from = readParent(exchange)
    } catch (error) {
      faults.tell('parent', error)
    }
    const caller = trace.getSpanContext(from)
    if (caller === undefined && exchange.header('traceparent') !== undefined) counts.malformedParents++
    if (parent === 'continue') return { from, caller }
    return { from: ROOT_CONTEXT, links: caller && [{ context: caller }] }
  }

  const noteOf = (exchange: HttpExchange, slot: number): RequestSpan | undefined => {
    const note = open === 0 ? undefined : exchange.slots[slot]
    return note instanceof RequestSpan ? note : undefined
  }

  const hook: HttpHook = {
    onStart(exchange, slot) {
      if (!spans.isActive) return undefined
      try {
        if (ignore?.(exchange)) return undefined
        const request = begin(exchange)
        if (request === undefined) return undefined
        exchange.slots[slot] = request
        open++
      } catch (error) {
        faults.tell('start', error)
      }
    },
    around(exchange, next, slot) {
      const span = noteOf(exchange, slot)?.open
      if (span === undefined) next()
      else span.enter(next)
    },
    onHead(exchange, slot) {
      noteOf(exchange, slot)?.head(exchange)
    },
    onEnd(exchange, slot) {
      const request = noteOf(exchange, slot)
      onEnded(request)
      if (request === undefined) return
      open--
      try {
        request.conclude(exchange)
        const more = request.open?.isRecording ? attributes?.(exchange) : undefined
        if (more !== undefined) request.open?.annotate(more)
      } catch (error) {
        faults.tell('annotate', error)
      }
      request.open?.end()
    },
  }
  return {
    hook,
    find: ({ slots }) => slots.find((note) => note instanceof RequestSpan),
  }
}
