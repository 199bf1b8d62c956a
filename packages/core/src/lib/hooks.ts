import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Http2SecureServer, Http2Server, ServerHttp2Session } from 'node:http2'
import type { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import { systemClock } from './clock.ts'
import { createEmitter, type Observable, runInside } from './events.ts'
import { createHeadInterceptor, type ExchangeSource, NodeExchange } from './exchange.ts'
import type { HttpHook, HttpReply, HttpServerHook, NodeRequest, NodeResponse } from './http.ts'

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
   * @param response Node's response.
   * @param next What follows.
   */
  enter(response: NodeResponse, next: () => void): void
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
  type Exchange = NodeExchange<source>
  type Response = NodeResponse & { [key]?: Exchange }
  const arounds = hooks.map((hook, slot) => ({ hook, slot })).filter(({ hook }) => hook.around !== undefined)

  const fail = (phase: HttpHookEvent['phase'], error: unknown): void =>
    events.emitFailure({ type: 'hook:failed', phase, error })

  function start(exchange: Exchange): HttpReply | undefined {
    for (let slot = 0; slot < hooks.length; slot++) {
      exchange.started = slot + 1
      try {
        const reply = hooks[slot]?.onStart?.(exchange, slot)
        if (reply != null) return checkReply(reply)
      } catch (error) {
        fail('onStart', error)
      }
    }
  }

  function enterFrom(index: number, exchange: Exchange, next: () => void): void {
    const around = arounds[index]
    if (around === undefined) {
      exchange.keepContext()
      return next()
    }
    runInside(
      (run) => around.hook.around?.(exchange, run, around.slot),
      () => enterFrom(index + 1, exchange, next),
      (error) => fail('around', error),
    )
  }

  function tellHead(exchange: Exchange): void {
    if (exchange.outcome !== undefined) return
    for (let slot = 0; slot < exchange.started; slot++) {
      try {
        hooks[slot]?.onHead?.(exchange, slot)
      } catch (error) {
        fail('onHead', error)
      }
    }
  }

  const interceptHead = createHeadInterceptor(tellHead, (exchange: Exchange) => exchange.settleHead())

  function end(exchange: Exchange, outcome = exchange.findOutcome()): void {
    if (exchange.outcome !== undefined) return
    if (exchange.started === 0) start(exchange)
    exchange.settleHead()
    exchange.outcome = outcome
    for (let slot = exchange.started - 1; slot >= 0; slot--) {
      try {
        hooks[slot]?.onEnd?.(exchange, slot)
      } catch (error) {
        fail('onEnd', error)
      }
    }
  }

  /** Shared by all responses, as a function for each would have to be made for each. */
  function onClose(this: Response): void {
    if (this[key] !== undefined) end(this[key])
  }

  function expect(request: NodeRequest, response: Response): Exchange {
    const exchange: Exchange = new NodeExchange(source, request, response, clock.now())
    response[key] = exchange
    ;(response as ServerResponse).on('close', onClose)
    if (exchange.isWaiting) exchange.whenLeftWaiting(() => end(exchange))
    return exchange
  }

  return {
    subscribe: events.subscribe,
    expect,
    begin(framework, request, response: Response) {
      const exchange = response[key] ?? expect(request, response)
      if (exchange.started > 0) return
      exchange.framework = framework
      interceptHead(response, exchange)
      const reply = start(exchange)
      // What follows runs first, so that every hook that is started is asked in the same order.
      if (exchange.isClosed) process.nextTick(end, exchange, exchange.findOutcome())
      return reply
    },
    enter(response: Response, next) {
      const exchange = arounds.length === 0 ? undefined : response[key]
      if (exchange === undefined || exchange.outcome !== undefined) next()
      else enterFrom(0, exchange, next)
    },
  }
}

/** Of a hook in plain JavaScript, a promise or a wrong status must not become a response. */
function checkReply(reply: HttpReply): HttpReply {
  const { status } = reply
  if (Number.isInteger(status) && status >= 200 && status <= 599) return reply
  throw new TypeError(`Expected \`onStart\` to return a reply with a status of 200 to 599 or nothing, got ${status}`)
}

/** Any server of Node's that speaks HTTP. Of HTTP/2, requests are seen where its compatibility API is used. */
export type HttpServer = Server | HttpsServer | Http2Server | Http2SecureServer

/**
 * Lets hooks see a raw server. Attach before it listens: connections made earlier are not seen.
 *
 * Nothing changes for the server. In particular no listener is added: one for `upgrade` or `clientError` would switch
 * off what Node does by itself.
 *
 * @param server The server.
 * @param hooks Features' hooks, in their order.
 * @returns A function that lets go.
 */
export function attach(server: HttpServer, hooks: readonly HttpServerHook[]): () => void {
  const events = createEmitter<HttpHookEvent>(CORE_CHANNEL, 'server hooks')
  const connected = server instanceof TlsServer ? 'secureConnection' : 'connection'
  const hasHeadHooks = hooks.some((hook) => hook.onHead !== undefined)
  let isAttached = true

  function call(phase: keyof HttpServerHook, tell: (hook: HttpServerHook) => void): void {
    for (const hook of hooks) {
      try {
        tell(hook)
      } catch (error) {
        events.emitFailure({ type: 'hook:failed', phase, error })
      }
    }
  }

  const interceptHead = createHeadInterceptor((response: NodeResponse) =>
    call('onHead', (hook) => hook.onHead?.(response.req, response)),
  )

  function onRequest(request: NodeRequest, response: NodeResponse): void {
    if (hasHeadHooks) interceptHead(response, response)
    call('onRequest', (hook) => hook.onRequest?.(request, response))
  }

  // A listener for requests that expect `100 Continue` passes them on as requests, if it takes them.
  const expecting = new WeakSet<NodeRequest>()
  // HTTP/2 sessions hide their socket, and lose it before they tell of an error.
  const sockets = new WeakMap<ServerHttp2Session, Socket>()
  let connecting: Socket | undefined

  function see(name: string | symbol, first: unknown, second: unknown): void {
    switch (name) {
      case 'request':
        if (!expecting.delete(first as NodeRequest)) onRequest(first as NodeRequest, second as NodeResponse)
        return
      case 'checkContinue':
      case 'checkExpectation':
        expecting.add(first as NodeRequest)
        return onRequest(first as NodeRequest, second as NodeResponse)
      case connected:
        connecting = first as Socket
        return call('onConnection', (hook) => hook.onConnection?.(first as Socket))
      case 'session':
        if (connecting !== undefined) sockets.set(first as ServerHttp2Session, connecting)
        return
      case 'upgrade':
      case 'connect':
        return call('onUpgrade', (hook) => hook.onUpgrade?.(first as IncomingMessage, second as Socket))
      case 'clientError':
        return call('onClientError', (hook) => hook.onClientError?.(first as Error, second as Socket))
      case 'sessionError': {
        const socket = sockets.get(second as ServerHttp2Session)
        if (socket !== undefined) call('onClientError', (hook) => hook.onClientError?.(first as Error, socket))
      }
    }
  }

  const emit = server.emit
  // Handed on untouched, the arguments are never made into an array.
  const seeingEmit = function (this: unknown, ...args: [name: string | symbol, first?: unknown, second?: unknown]) {
    if (isAttached) see(args[0], args[1], args[2])
    const isHeard = Reflect.apply(emit, this, args)
    if (args[0] === connected) connecting = undefined
    return isHeard
  } as typeof emit
  server.emit = seeingEmit

  return () => {
    isAttached = false
    // Whoever wrapped it after us still calls us, and finds us inert.
    if (server.emit === seeingEmit) server.emit = emit
  }
}
