import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Clock, systemClock } from './clock.ts'
import { createEmitter, type Observable, runInside } from './events.ts'
import type { HttpExchange, HttpHook, HttpOutcome, HttpReply, HttpServerHook } from './http.ts'

/** Name of the `node:diagnostics_channel` on which adapters publish what went wrong in hooks. */
export const HTTP_CHANNEL = 'breakwater:http'

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
   * Creates the exchange and starts the hooks. From here on they are ended, too, whatever becomes of the request.
   *
   * @param source The framework's request.
   * @param request Node's request.
   * @param response Node's response.
   * @returns A hook's reply, which the adapter sends instead of going on.
   */
  begin(source: source, request: IncomingMessage, response: ServerResponse): HttpReply | undefined
  /**
   * Goes on with a request that was begun, inside what the hooks put around it. Listeners of the request's body run
   * inside it as well, which Node alone does not do.
   *
   * @param request Node's request.
   * @param response Node's response.
   * @param next What follows.
   */
  enter(request: IncomingMessage, response: ServerResponse, next: () => void): void
  /**
   * Whether this runner began an exchange for this response.
   *
   * @param response Node's response.
   */
  hasBegun(response: ServerResponse): boolean
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
  const events = createEmitter<HttpHookEvent>(HTTP_CHANNEL, 'hooks')
  // A property of the response is found several times faster than an entry of a WeakMap.
  const key = Symbol('exchange')
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

  function onHead(response: Response): void {
    const exchange = response[key]
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

  return {
    subscribe: events.subscribe,
    begin(framework, request, response: Response) {
      const exchange = new NodeExchange(framework, source, request, response, clock.now())
      response[key] = exchange
      if (hasHeadHooks) interceptHead(response, onHead)
      response.on('close', onClose)
      const reply = start(exchange)
      // Where something slow ran before us the client may be gone already, and `close` with it.
      if (response.closed || response.destroyed) onClose.call(response)
      return reply
    },
    enter(request, response: Response, next) {
      const exchange = response[key]
      if (exchange === undefined || arounds.length === 0) return next()
      enterFrom(0, exchange, () => {
        keepContext(request)
        next()
      })
    },
    hasBegun: (response: Response) => response[key] !== undefined,
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
  request: IncomingMessage,
  response: ServerResponse,
): HttpExchange {
  return new NodeExchange(framework, source, request, response, (source.clock ?? systemClock).now())
}

class NodeExchange<source> implements HttpExchange {
  readonly method: string
  readonly startedAtMs: number
  readonly request: IncomingMessage
  outcome: HttpOutcome | undefined
  /** How many hooks had their turn. */
  started = 0
  readonly #response: ServerResponse
  readonly #framework: source
  readonly #source: ExchangeSource<source>
  readonly #url: string
  #route: string | undefined
  #isRouteSettled = false
  #slots: unknown[] | undefined

  constructor(
    framework: source,
    source: ExchangeSource<source>,
    request: IncomingMessage,
    response: ServerResponse,
    startedAtMs: number,
  ) {
    this.method = request.method ?? ''
    this.startedAtMs = startedAtMs
    this.request = request
    this.outcome = undefined
    this.#response = response
    this.#framework = framework
    this.#source = source
    this.#url = source.url(framework)
  }

  get path(): string {
    const end = this.#url.indexOf('?')
    return end === -1 ? this.#url : this.#url.slice(0, end)
  }

  get route(): string | undefined {
    return this.#isRouteSettled ? this.#route : this.#source.route(this.#framework)
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
    if (this.#isRouteSettled) return
    this.#route = this.#source.route(this.#framework)
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
const GONE = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT'])

function toOutcome(request: IncomingMessage, response: ServerResponse): HttpOutcome {
  if (response.writableFinished) return 'finished'
  const { socket } = request
  const code = (socket?.errored as NodeJS.ErrnoException | null | undefined)?.code
  if (response.errored == null && (socket?.readableEnded || (code !== undefined && GONE.has(code)))) return 'aborted'
  return 'failed'
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
