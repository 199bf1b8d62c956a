import type { HttpExchange } from '@breakwater/core'
import {
  type Context,
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type TextMapGetter,
  trace,
} from '@opentelemetry/api'
import { formatTraceparent, parseTraceparent } from './traceparent.ts'

/** As much of a request as is read of it. */
export type Headed = Pick<HttpExchange, 'method' | 'path' | 'header'>

/** An exchange can only be asked by name, so that of all keys there are those that the propagator looks for. */
const GETTER: TextMapGetter<Headed> = {
  get: (exchange, key) => exchange.header(key.toLowerCase()),
  keys: () => propagation.fields(),
}

/**
 * Reads what a request brings: as the registered propagator does, or without one as the W3C says.
 *
 * Nothing of what is active where the request comes in counts: a server that was started inside of a span would have all
 * its requests in that trace.
 */
export function readParent(exchange: Headed): Context {
  if (hasPropagator()) return propagation.extract(ROOT_CONTEXT, exchange, GETTER)
  const traceparent = exchange.header('traceparent')
  if (traceparent === undefined) return ROOT_CONTEXT
  const parent = parseTraceparent(traceparent, exchange.header('tracestate'))
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent)
}

/** Writes what is active for whoever is called: as the registered propagator does, or without one as the W3C says. */
export function writeActive(headers: Record<string, string>): void {
  const active = context.active()
  if (hasPropagator()) return propagation.inject(active, headers)
  const span = trace.getSpanContext(active)
  if (span === undefined || !isSpanContextValid(span)) return
  headers.traceparent = formatTraceparent(span)
  const state = span.traceState?.serialize()
  if (state) headers.tracestate = state
}

/** The one that stands for none looks for nothing. */
function hasPropagator(): boolean {
  return propagation.fields().length > 0
}
