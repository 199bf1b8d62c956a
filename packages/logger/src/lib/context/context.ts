import type { HttpExchange } from '@breakwater/core'
import { isRequestId } from './request-id.ts'
import { parseTraceparent, type SpanIds } from './traceparent.ts'

/** What a line belongs to: a request, or a piece of work of your own. */
export interface LogContext {
  /** Of the request, or as given to `withContext`. */
  readonly requestId: string | undefined
  /** 32 hexadecimal digits, if the request belongs to a trace. */
  readonly traceId: string | undefined
  /** 16 hexadecimal digits: the active span, or the caller's. */
  readonly spanId: string | undefined
}

/** Fields of a context as they stand in a line. */
export interface ContextText {
  /** `,"name":value` each. */
  readonly text: string
  readonly fields: ReadonlyMap<string, string>
}

/** What contexts share. */
export interface ContextSource {
  readonly requestIdHeader: string | undefined
  readonly activeSpan: (() => SpanIds | undefined) | undefined
  makeId(): string
  /** Writes the fields of a context. */
  write(ids: LogContext, fields: Readonly<Record<string, unknown>>): ContextText
  /** Decides whether lines below `warn` are written. */
  sample(): boolean
}

const NO_FIELDS: Readonly<Record<string, unknown>> = {}

/** Reads nothing and makes nothing before the first line needs it: most requests write only one. */
export class Context implements LogContext {
  readonly #source: ContextSource
  readonly #exchange: HttpExchange | undefined
  readonly #parent: Context | undefined
  readonly #fields: Readonly<Record<string, unknown>> | undefined
  #requestId: string | undefined
  #caller: SpanIds | undefined
  #isCallerKnown = false
  #isSampled: boolean | undefined
  #written: ContextText | undefined
  /** The span that `#written` names. */
  #writtenSpanId: string | undefined

  constructor(
    source: ContextSource,
    exchange: HttpExchange | undefined,
    parent?: Context,
    fields?: Readonly<Record<string, unknown>>,
  ) {
    this.#source = source
    this.#exchange = exchange
    this.#parent = parent
    this.#fields = fields
  }

  get requestId(): string | undefined {
    if (this.#requestId !== undefined) return this.#requestId
    const given = this.#fields?.requestId
    if (given !== undefined && given !== null) this.#requestId = String(given)
    else if (this.#exchange === undefined) return this.#parent?.requestId
    else this.#requestId = this.#idOf(this.#exchange)
    return this.#requestId
  }

  get traceId(): string | undefined {
    return this.#span()?.traceId
  }

  get spanId(): string | undefined {
    return this.#span()?.spanId
  }

  /** One decision for all lines of a request: half of a story is worth little. What is no request is written. */
  get isSampled(): boolean {
    if (this.#exchange === undefined) return this.#parent === undefined || this.#parent.isSampled
    this.#isSampled ??= this.#source.sample()
    return this.#isSampled
  }

  /** As it stands in a line. */
  written(): ContextText {
    const span = this.#span()
    if (this.#written !== undefined && this.#writtenSpanId === span?.spanId) return this.#written
    this.#writtenSpanId = span?.spanId
    const ids = { requestId: this.requestId, traceId: span?.traceId, spanId: span?.spanId }
    this.#written = this.#source.write(ids, this.#allFields())
    return this.#written
  }

  #idOf(exchange: HttpExchange): string {
    const { requestIdHeader, makeId } = this.#source
    const brought = requestIdHeader === undefined ? undefined : exchange.header(requestIdHeader)
    return isRequestId(brought) ? brought : makeId()
  }

  #span(): SpanIds | undefined {
    return this.#source.activeSpan?.() ?? this.#callersSpan()
  }

  #callersSpan(): SpanIds | undefined {
    if (this.#exchange === undefined) return this.#parent === undefined ? undefined : this.#parent.#callersSpan()
    if (!this.#isCallerKnown) {
      this.#isCallerKnown = true
      this.#caller = parseTraceparent(this.#exchange.header('traceparent'))
    }
    return this.#caller
  }

  #allFields(): Readonly<Record<string, unknown>> {
    if (this.#parent === undefined) return this.#fields ?? NO_FIELDS
    return { ...this.#parent.#allFields(), ...this.#fields }
  }
}
