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
  /** Writes the ids of a context that has nothing else. `undefined` for such as cannot be written as they are. */
  writeIds(requestId: string | undefined, span: SpanIds | undefined): string | undefined
  /** Writes the fields of a context. */
  write(ids: LogContext, fields: Readonly<Record<string, unknown>>): ContextText
  /** Decides whether lines below `warn` are written. */
  sample(): boolean
}

const NO_FIELDS: Readonly<Record<string, unknown>> = {}

/** Reads nothing and makes nothing before the first line needs it: most requests write only one. */
export class Context implements LogContext {
  readonly #source: ContextSource
  /** As long as the request is under way. */
  #exchange: HttpExchange | undefined
  readonly #isRequest: boolean
  readonly #parent: Context | undefined
  readonly #fields: Readonly<Record<string, unknown>> | undefined
  #requestId: string | undefined
  /** `null` for none; `undefined` as long as nobody wanted to know. */
  #caller: SpanIds | null | undefined
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
    this.#isRequest = exchange !== undefined
    this.#parent = parent
    this.#fields = fields
  }

  get requestId(): string | undefined {
    if (this.#requestId !== undefined) return this.#requestId
    const given = this.#fields?.requestId
    if (given !== undefined && given !== null) this.#requestId = String(given)
    else if (!this.#isRequest) return this.#parent?.requestId
    else this.#requestId = this.#broughtId() ?? this.#source.makeId()
    return this.#requestId
  }

  get traceId(): string | undefined {
    return this.#span()?.traceId
  }

  get spanId(): string | undefined {
    return this.#span()?.spanId
  }

  /** Whether it is one of a request, or within one. */
  get isOfRequest(): boolean {
    return this.#isRequest || this.#parent?.isOfRequest === true
  }

  /** One decision for all lines of a request: half of a story is worth little. What is no request is written. */
  get isSampled(): boolean {
    if (!this.#isRequest) return this.#parent === undefined || this.#parent.isSampled
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

  /** The same without the names: most requests have one line, which knows them. */
  text(): string {
    const span = this.#span()
    if (this.#written !== undefined && this.#writtenSpanId === span?.spanId) return this.#written.text
    const { requestId } = this
    const hasFields = this.#fields !== undefined || this.#parent !== undefined
    return (hasFields ? undefined : this.#source.writeIds(requestId, span)) ?? this.written().text
  }

  /** Lets go of the exchange, as what goes on after it may go on for long. What later lines need of it is kept. */
  end(): void {
    if (this.#exchange === undefined) return
    if (this.#requestId === undefined && this.#fields === undefined) this.#requestId = this.#broughtId()
    this.#callersSpan()
    this.#exchange = undefined
  }

  #broughtId(): string | undefined {
    const { requestIdHeader } = this.#source
    const id = requestIdHeader === undefined ? undefined : this.#exchange?.header(requestIdHeader)
    return isRequestId(id) ? id : undefined
  }

  #span(): SpanIds | undefined {
    return this.#source.activeSpan?.() ?? this.#callersSpan()
  }

  #callersSpan(): SpanIds | undefined {
    if (!this.#isRequest) return this.#parent === undefined ? undefined : this.#parent.#callersSpan()
    if (this.#caller === undefined) this.#caller = parseTraceparent(this.#exchange?.header('traceparent')) ?? null
    return this.#caller ?? undefined
  }

  #allFields(): Readonly<Record<string, unknown>> {
    if (this.#parent === undefined) return this.#fields ?? NO_FIELDS
    return { ...this.#parent.#allFields(), ...this.#fields }
  }
}
