import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, type ServerHttp2Stream } from 'node:http2'
import { type Clock, systemClock } from './clock.ts'
import { createEmitter, type Observable, runInside } from './events.ts'
import type {
  HttpExchange,
  HttpHook,
  HttpOutcome,
  HttpReply,
  HttpServerHook,
  NodeRequest,
  NodeResponse,
} from './http.ts'

/** Name of the `node:diagnostics_channel` on which this package publishes, such as a hook's fault. */
export const CORE_CHANNEL = 'breakwater:core'

/** What an adapter tells. */
export type HttpHookEvent = {
  /** A hook threw. The request went on without it. */
  readonly type: 'hook:failed'
  /** The function that threw. */
  readonly phase: keyof HttpHook | keyof HttpServerHook
  /** What it threw. */
  readonly error: unknown
}

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
  /** @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

/** Runs hooks over exchanges, in the one order that holds on every framework. */
export interface HookRunner<source> extends Observable<HttpHookEvent> {
  /**
   * A request came in that the framework may answer by itself, without asking the adapter: its time counts from here,
   * and if {@link begin} is never called, the hooks are started and ended when it closes. Optional.
   *
   * @param request Node's request.
   * @param response Node's response.
   */
  expect(request: NodeRequest, response: NodeResponse): void
  /**
   * Starts the hooks. From here on they are ended, too, whatever becomes of the request.
   *
   * @param source The framework's request.
   * @param request Node's request.
   * @param response Node's response.
   * @returns A hook's reply, which the adapter sends instead of going on.
   */
  begin(source: source, request: NodeRequest, response: NodeResponse): HttpReply | undefined
  /**
   * Goes on with a request that was begun, inside what the hooks put around it. Listeners of the request's body run
   * inside it as well, which Node alone does not do.
   *
   * @param request Node's request.
   * @param response Node's response.
   * @param next What follows.
   */
  enter(request: NodeRequest, response: NodeResponse, next: () => void): void
}

/**
 * Creates what every adapter is made of, so that order, exactly-once and isolation are the same on all frameworks.
 *
 * @param hooks Features' hooks, in their order.
 * @param source How to read the framework's requests.
 */
export function createHookRunner<source>(
  hooks: readonly HttpHook[],
  source: ExchangeSource<source>,
): HookRunner<source> {
  const { clock = systemClock } = source
  const events = createEmitter<HttpHookEvent>(CORE_CHANNEL, 'hooks')
  // A property of the response is found several times faster than an entry of a WeakMap.
  const key = Symbol('exchange')
  // What the compatibility API of HTTP/2 lacks of these is looked at in `toOutcome` and `isClosed` alone.
  type Response = ServerResponse & { [key]?: NodeExchange<source> }
  const hasHeadHooks = hooks.some((hook) => hook.onHead !== undefined)
  const arounds = hooks.map((hook, slot) => ({ hook, slot })).filter(({ hook }) => hook.around !== undefined)

  function fail(phase: HttpHookEvent['phase'], error: unknown): void {
    events.emitFailure({ type: 'hook:failed', phase, error })
  }

  function start(exchange: NodeExchange<source>): HttpReply | undefined {
    for (let slot = 0; slot < hooks.length; slot++) {
      exchange.started = slot + 1
      try {
        const reply = hooks[slot]?.onStart?.(exchange, slot)
        if (reply !== undefined) return reply
      } catch (error) {
        fail('onStart', error)
      }
    }
  }

  function onHead(response: ServerResponse): void {
    const exchange = (response as Response)[key]
    if (exchange === undefined) return
    exchange.settleRoute()
    for (let slot = 0; slot < exchange.started; slot++) {
      try {
        hooks[slot]?.onHead?.(exchange, slot)
      } catch (error) {
        fail('onHead', error)
      }
    }
  }

  function onClose(this: Response): void {
    const exchange = this[key]
    if (exchange === undefined || exchange.outcome !== undefined) return
    if (exchange.started === 0) start(exchange)
    exchange.settleRoute()
    exchange.outcome = toOutcome(exchange.request, this)
    for (let slot = exchange.started - 1; slot >= 0; slot--) {
      try {
        hooks[slot]?.onEnd?.(exchange, slot)
      } catch (error) {
        fail('onEnd', error)
      }
    }
  }

  function enterFrom(index: number, exchange: NodeExchange<source>, next: () => void): void {
    const around = arounds[index]
    if (around === undefined || around.slot >= exchange.started) return next()
    runInside(
      (run) => around.hook.around?.(exchange, run, around.slot),
      () => enterFrom(index + 1, exchange, next),
      (error) => fail('around', error),
    )
  }

  function expect(request: NodeRequest, response: Response): NodeExchange<source> {
    const exchange = new NodeExchange(source, request as IncomingMessage, response, clock.now())
    response[key] = exchange
    response.on('close', onClose)
    return exchange
  }

  return {
    subscribe: events.subscribe,
    expect(request, response) {
      expect(request, response as Response)
    },
    begin(framework, request, nodeResponse) {
      const response = nodeResponse as Response
      const exchange = response[key] ?? expect(request, response)
      if (exchange.started > 0) return
      exchange.framework = framework
      if (hasHeadHooks) interceptHead(response, onHead)
      const reply = start(exchange)
      // Where something slow ran before us the client may be gone already, and `close` with it.
      if (isClosed(response)) onClose.call(response)
      return reply
    },
    enter(request, response, next) {
      const exchange = (response as Response)[key]
      if (exchange === undefined || arounds.length === 0) return next()
      enterFrom(0, exchange, () => {
        keepContext(request as IncomingMessage)
        next()
      })
    },
  }
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
  const exchange = new NodeExchange(
    source,
    request as IncomingMessage,
    response as ServerResponse,
    (source.clock ?? systemClock).now(),
  )
  exchange.framework = framework
  return exchange
}

class NodeExchange<source> implements HttpExchange {
  readonly method: string
  readonly startedAtMs: number
  readonly request: IncomingMessage
  outcome: HttpOutcome | undefined = undefined
  /** The framework's request, once it has one. */
  framework: source | undefined = undefined
  /** How many hooks had their turn. */
  started = 0
  readonly #response: ServerResponse
  readonly #source: ExchangeSource<source>
  readonly #url: string
  #route: string | undefined
  #isRouteSettled = false
  #slots: unknown[] | undefined

  constructor(source: ExchangeSource<source>, request: IncomingMessage, response: ServerResponse, startedAtMs: number) {
    this.method = request.method ?? ''
    this.startedAtMs = startedAtMs
    this.request = request
    this.#response = response
    this.#source = source
    this.#url = request.url ?? ''
  }

  get path(): string {
    const url = this.framework === undefined ? this.#url : this.#source.url(this.framework)
    const end = url.indexOf('?')
    return end === -1 ? url : url.slice(0, end)
  }

  get route(): string | undefined {
    if (this.#isRouteSettled || this.framework === undefined) return this.#route
    return this.#source.route(this.framework)
  }

  get status(): number {
    return this.#response.statusCode
  }

  get slots(): unknown[] {
    this.#slots ??= []
    return this.#slots
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }

  setHeader(name: string, value: string): void {
    if (!this.#response.headersSent) this.#response.setHeader(name, value)
  }

  /** Routers take back what they wrote on the request when they are left, so the first answer is kept. */
  settleRoute(): void {
    this.#route = this.route
    this.#isRouteSettled = true
  }
}

/**
 * Calls back just before a response's head goes out, explicit or not, once.
 *
 * @param response The response.
 * @param onHead What to call.
 */
export function interceptHead(response: ServerResponse, onHead: (response: ServerResponse) => void): void {
  const writeHead = response.writeHead
  let isDone = false
  response.writeHead = function (this: ServerResponse, ...args: unknown[]) {
    if (!isDone && !this.headersSent) {
      isDone = true
      const [status] = args
      if (typeof status === 'number') this.statusCode = status
      onHead(this)
    }
    return Reflect.apply(writeHead, this, args)
  } as typeof writeHead
}

/** A client that goes ends its side of the connection, or resets it. */
const GONE = new Set<unknown>(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT'])

function toOutcome({ socket }: IncomingMessage, response: ServerResponse): HttpOutcome {
  const { stream } = response as ServerResponse & { stream?: ServerHttp2Stream }
  if (stream !== undefined) return toStreamOutcome(stream)
  if (response.errored != null) return 'failed'
  // Asked first, as Node 20 calls a response finished whose last bytes were thrown away.
  if (GONE.has((socket.errored as NodeJS.ErrnoException | null)?.code)) return 'aborted'
  if (response.writableFinished || isInjected(response)) return 'finished'
  return socket.readableEnded ? 'aborted' : 'failed'
}

/** A stream that the client cancels is ended by Node, and so `finished`; one that this side destroys is not. */
function toStreamOutcome({ aborted, rstCode, writableFinished }: ServerHttp2Stream): HttpOutcome {
  if (!aborted && writableFinished) return 'finished'
  if (rstCode === constants.NGHTTP2_NO_ERROR) return writableFinished ? 'aborted' : 'failed'
  return rstCode === constants.NGHTTP2_INTERNAL_ERROR ? 'failed' : 'aborted'
}

/** light-my-request, behind Fastify's `inject`, ends responses that are flushed nowhere. */
function isInjected(response: ServerResponse): boolean {
  return response.writableEnded && 'isLightMyRequest' in response
}

function isClosed(response: ServerResponse): boolean {
  const { stream } = response as ServerResponse & { stream?: ServerHttp2Stream }
  return stream === undefined ? response.closed : stream.destroyed
}

/**
 * Makes the listeners of a request's body run where they were made to be added. Node emits them from the parser, where
 * an `AsyncLocalStorage` is empty.
 */
function keepContext(request: IncomingMessage): void {
  const { headers } = request
  if (
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined &&
    request.httpVersionMajor < 2
  )
    return
  const emit = request.emit
  const run = AsyncLocalStorage.snapshot()
  request.emit = function (this: IncomingMessage, ...args: unknown[]) {
    return run(() => Reflect.apply(emit, this, args))
  } as typeof emit
}
