import type { HttpExchange } from '@breakwater/core'
import { type Context, type Span, type SpanContext, SpanStatusCode } from '@opentelemetry/api'
import type { OpenSpan } from '../spans/open-span.ts'
import { knownMethod, nameOf } from './methods.ts'

/** What OpenTelemetry's HTTP instrumentation keeps of the span that it made. It reads `route` at the end. */
export interface RpcMetadata {
  route?: string
  readonly span?: Span | undefined
}

/** A hook's notes about a request that is traced. */
export class RequestSpan {
  /** Ours; `undefined` where an instrumentation made one before. */
  readonly open: OpenSpan | undefined
  readonly #theirs: RpcMetadata | undefined
  #isHeadSent = false

  constructor(open: OpenSpan | undefined, theirs?: RpcMetadata) {
    this.open = open
    this.#theirs = theirs
  }

  get spanContext(): SpanContext | undefined {
    return (this.open?.span ?? this.#theirs?.span)?.spanContext()
  }

  /** The head goes out: from now on the route is known. */
  head({ route }: HttpExchange): void {
    this.#isHeadSent = true
    if (this.#theirs !== undefined && route !== undefined) this.#theirs.route = route
  }

  /** Writes on the span what became of the request. */
  conclude({ method, route, status, outcome }: HttpExchange): void {
    const { open } = this
    if (open?.isRecording !== true) return
    const { span } = open
    if (route !== undefined) {
      span.updateName(nameOf(knownMethod(method), route))
      span.setAttribute('http.route', route)
    }
    // Nobody saw a status that was not sent.
    if (this.#isHeadSent || outcome === 'finished') span.setAttribute('http.response.status_code', status)
    if (outcome !== 'finished') span.setAttribute('breakwater.outcome', outcome ?? 'finished')
    if (outcome === 'failed' || status >= 500) {
      span.setAttribute('error.type', status >= 500 ? String(status) : 'response_failed')
      span.setStatus({ code: SpanStatusCode.ERROR })
    }
  }
}

/** Under which the metadata of a context are, whichever copy of OpenTelemetry's core put them there. */
const RPC_METADATA: symbol = Symbol.for('OpenTelemetry SDK Context Key RPC_METADATA')

/** What an HTTP instrumentation that began a span for this request says of it. */
export function findRpcMetadata(active: Context): RpcMetadata | undefined {
  const found = active.getValue(RPC_METADATA) as { readonly type?: unknown } | undefined
  return found?.type === 'http' ? (found as RpcMetadata) : undefined
}
