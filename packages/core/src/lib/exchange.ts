import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, type Http2Session, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { type Clock, systemClock } from './clock.ts'
import type { HttpExchange, HttpOutcome, NodeRequest, NodeResponse } from './http.ts'

/** What an adapter knows of its framework's requests that Node's own do not say. */
export interface ExchangeSource<source> {
  /**
   * The URL as the client sent it, whatever routers made of it since.
   *
   * @param request The framework's request.
   */
  url(request: source): string
  /**
   * Full pattern of the matched route, if one is known by now.
   *
   * @param request The framework's request.
   */
  route(request: source): string | undefined
  /**
   * Where time comes from.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/**
 * Creates an exchange that no hook sees, for an endpoint.
 *
 * @param framework The framework's request.
 * @param source How to read it.
 * @param request Node's request.
 * @param response Node's response.
 */
export function createExchange<source>(
  framework: source,
  source: ExchangeSource<source>,
  request: NodeRequest,
  response: NodeResponse,
): HttpExchange {
  const exchange = new NodeExchange(source, request, response, (source.clock ?? systemClock).now())
  exchange.framework = framework
  return exchange
}

const WAITING = Symbol('waiting')

/** A response as it is of HTTP/1, or of HTTP/2 through the compatibility API, which lacks some of it. */
type EitherResponse = ServerResponse & { readonly stream?: ServerHttp2Stream }

/** An exchange over Node's own request and response. */
export class NodeExchange<source> implements HttpExchange {
  readonly method: string
  readonly startedAtMs: number
  outcome: HttpOutcome | undefined = undefined
  /** The framework's request, once it has one. */
  framework: source | undefined = undefined
  /** How many hooks had their turn. */
  started = 0
  readonly #request: IncomingMessage
  readonly #response: EitherResponse
  /** A stream forgets its session when it closes. */
  readonly #session: WatchedSession | undefined
  readonly #source: ExchangeSource<source>
  readonly #url: string
  #route: string | undefined
  #status: number | undefined
  #slots: unknown[] | undefined

  constructor(source: ExchangeSource<source>, request: NodeRequest, response: NodeResponse, startedAtMs: number) {
    this.method = request.method ?? ''
    this.startedAtMs = startedAtMs
    this.#request = request as IncomingMessage
    this.#response = response as EitherResponse
    this.#session = watchGoodbye(this.#response.stream?.session)
    this.#source = source
    this.#url = request.url ?? ''
  }

  get path(): string {
    const url = this.framework === undefined ? this.#url : this.#source.url(this.framework)
    const end = url.indexOf('?')
    return end === -1 ? url : url.slice(0, end)
  }

  get route(): string | undefined {
    if (this.#status !== undefined || this.framework === undefined) return this.#route
    return this.#source.route(this.framework)
  }

  get status(): number {
    return this.#status ?? this.#response.statusCode
  }

  get slots(): unknown[] {
    // Room for the usual number: what is written past the end of an empty list takes 17 places.
    this.#slots ??= [undefined, undefined, undefined, undefined]
    return this.#slots
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }

  setHeader(name: string, value: string): void {
    if (!this.#response.headersSent) this.#response.setHeader(name, value)
  }

  /**
   * Keeps route and status as they are now. Routers take back what they wrote on the request when they are left, and
   * error handlers set a status that is no longer sent.
   */
  settleHead(): void {
    if (this.#status !== undefined) return
    this.#route = this.route
    this.#status = this.#response.statusCode
  }

  /** Whether nothing more can be sent. Where something slow ran before, `close` may have been told already. */
  get isClosed(): boolean {
    return this.#response.stream?.destroyed ?? (this.#response.closed || this.#request.socket.destroyed)
  }

  /** How the exchange ended. Only right once it is closed, and before anybody answers a client that has gone. */
  findOutcome(): HttpOutcome {
    const { stream } = this.#response
    return stream === undefined ? toOutcome(this.#request, this.#response) : toStreamOutcome(stream, this.#session)
  }

  /** Whether the response waits for the one before it on the same connection. */
  get isWaiting(): boolean {
    return this.#response.socket === null && this.#response.stream === undefined
  }

  /**
   * Calls back when the connection closes before the response does, of which Node 20 says nothing to one that waits.
   *
   * @param run What to call.
   */
  whenLeftWaiting(run: () => void): void {
    const socket: Socket & { [WAITING]?: Set<() => void> } = this.#request.socket
    // One listener for all that wait: a client may send thousands of requests without reading.
    if (socket[WAITING] === undefined) {
      socket[WAITING] = new Set()
      socket.once('close', () => {
        for (const tell of socket[WAITING] ?? []) tell()
      })
    }
    const waiting = socket[WAITING]
    waiting.add(run)
    this.#response.on('close', () => waiting.delete(run))
  }

  /**
   * Makes the listeners of the request's body run in the present context. Node emits them from the parser, where an
   * `AsyncLocalStorage` is empty.
   */
  keepContext(): void {
    const request = this.#request
    if (!hasBody(request)) return
    const emit = request.emit
    const run = AsyncLocalStorage.snapshot()
    request.emit = function (this: IncomingMessage, ...args: unknown[]) {
      return run(() => Reflect.apply(emit, this, args))
    } as typeof emit
  }
}

const BODY = /^(?:content-length|transfer-encoding)$/i

/** A body of HTTP/1 is announced. Node makes `headers` of the raw ones when they are first asked for, which costs more. */
function hasBody({ rawHeaders, httpVersionMajor }: IncomingMessage): boolean {
  // Most are shorter, which is seen several times faster.
  return httpVersionMajor > 1 || rawHeaders.some((text) => text.length >= 14 && BODY.test(text))
}

/** A client that goes ends its side of the connection, or resets it. */
const GONE = new Set<unknown>(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT'])

function isGone(error: unknown): boolean {
  return GONE.has((error as NodeJS.ErrnoException | null | undefined)?.code)
}

function toOutcome({ socket }: IncomingMessage, response: ServerResponse): HttpOutcome {
  // Nearly all. Of what is asked below, nothing else could hold.
  if (response.writableFinished && !response.errored && !socket.errored) return 'finished'
  // A handler may fail because the client has gone. Where this side destroys the response, both have the same error.
  const isClientGone = isGone(socket.errored) && socket.errored !== response.errored
  // Without a socket it still waited for the one before: newer Nodes destroy it then, as the client's doing.
  if (response.errored && !isClientGone && !(response.socket === null && isGone(response.errored))) return 'failed'
  // Asked first, as Node 20 calls a response finished whose last bytes were thrown away.
  if (isGone(socket.errored)) return 'aborted'
  // light-my-request, behind Fastify's `inject`, ends responses that are flushed nowhere.
  if (response.writableFinished || (response.writableEnded && 'isLightMyRequest' in response)) return 'finished'
  return socket.readableEnded ? 'aborted' : 'failed'
}

const SAID_GOODBYE = Symbol('said goodbye')

type WatchedSession = Http2Session & { [SAID_GOODBYE]?: boolean }

/** Node destroys a session whose client said goodbye and went without an error, just as this side would. */
function watchGoodbye(session: WatchedSession | undefined): WatchedSession | undefined {
  if (session !== undefined && session[SAID_GOODBYE] === undefined) {
    session[SAID_GOODBYE] = false
    session.once('goaway', () => {
      session[SAID_GOODBYE] = true
    })
  }
  return session
}

/** A stream that the client cancels is ended by Node, and so finished; one that this side destroys is not. */
function toStreamOutcome(stream: ServerHttp2Stream, session: WatchedSession | undefined): HttpOutcome {
  const { aborted, errored, rstCode, writableFinished } = stream
  if (!aborted && writableFinished) return 'finished'
  if (session?.destroyed && (session[SAID_GOODBYE] || isGone(errored))) return 'aborted'
  if (rstCode === constants.NGHTTP2_NO_ERROR) return writableFinished ? 'aborted' : 'failed'
  return rstCode === constants.NGHTTP2_INTERNAL_ERROR ? 'failed' : 'aborted'
}

/** Who awaits a head, the latest first. One symbol for all: code that reads or writes by several takes several times as long. */
const HEAD = Symbol('head')

type Tell = (subject: never, isSent: boolean) => void
type Awaited = { tell: Tell; subject: never; inner: typeof writeHead; isTold: boolean; next: Awaited | undefined }
type Intercepted = NodeResponse & { [HEAD]?: Awaited | undefined }

/**
 * Creates what calls back around the moment a response's head goes out, explicit or not, each once.
 *
 * All of them share one function on all responses: one for each response kept a fifth of what requests allocate alive until the next
 * full collection, and so made the young generation outgrow the caches of the processor; and each layer more costs as much again.
 *
 * @param tell Called just before, and again once Node has taken it, with what was handed over with the response.
 * @returns Begins to await the head of a response.
 */
export function createHeadInterceptor<subject>(
  tell: (subject: subject, isSent: boolean) => void,
): (response: NodeResponse, subject: subject) => void {
  return (response: Intercepted, subject) => {
    const next = response[HEAD]
    for (let each = next; each !== undefined; each = each.next) if (each.tell === tell) return
    const inner = next?.inner ?? (response.writeHead as typeof writeHead)
    response[HEAD] = { tell, subject: subject as never, inner, isTold: false, next }
    if (next === undefined) response.writeHead = writeHead as typeof response.writeHead
  }
}

/** With as many parameters as Node's: collecting them would cost as much as all the rest. */
function writeHead(this: Intercepted, status: number, reason?: unknown, headers?: unknown): unknown {
  const latest = this[HEAD] as Awaited
  // Of a status that is none, Node throws, and another head goes out.
  const isHead = !this.headersSent && status >= 100 && status <= 999
  if (isHead) this.statusCode = Number(status)
  for (let each: Awaited | undefined = latest; isHead && each !== undefined; each = each.next) {
    if (each.isTold) continue
    each.isTold = true
    each.tell(each.subject, false)
  }
  const result = latest.inner.call(this, status, reason, headers)
  for (let each: Awaited | undefined = latest; each !== undefined; each = each.next) each.tell(each.subject, true)
  return result
}
