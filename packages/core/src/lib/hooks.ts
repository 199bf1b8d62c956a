import type { Server, ServerResponse } from 'node:http'
import type { Http2SecureServer, Http2Server, ServerHttp2Session as Session } from 'node:http2'
import type { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import { systemClock } from './clock.ts'
import { createEmitter, type Observable, settle } from './events.ts'
import { createHeadInterceptor, type ExchangeSource, NodeExchange } from './exchange.ts'
import type { HttpHook, HttpReply, HttpServerHook, NodeRequest, NodeResponse } from './http.ts'

/** Name of the `node:diagnostics_channel` on which this package publishes, such as a hook's fault. */
export const CORE_CHANNEL = 'breakwater:core'

/** What an adapter tells. */
export type HttpHookEvent = {
  /** A hook threw, and the request went on without it; or its `around` called `next` again, which did nothing. */
  readonly type: 'hook:failed'
  /** The function that threw. */
  readonly phase: keyof HttpHook | keyof HttpServerHook
  /** What it threw, or what is wrong. */
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
  // Looked for once: each hook is an object of another kind, and to find something by its name in many kinds takes V8 longer
  // than most hooks do.
  const starts = hooks.map((hook) => hook.onStart?.bind(hook))
  const arounds = hooks.flatMap((hook, slot) => (hook.around ? [{ run: hook.around.bind(hook), slot }] : []))
  const heads = hooks.map((hook) => hook.onHead?.bind(hook))
  const ends = hooks.map((hook) => hook.onEnd?.bind(hook))

  const fail = (phase: keyof HttpHook, error: unknown) => events.emitFailure({ type: 'hook:failed', phase, error })

  type Run = (exchange: Exchange, second: never, third: never) => unknown
  function tell(phase: keyof HttpHook, run: Run | undefined, exchange: Exchange, second: unknown, third?: unknown) {
    try {
      run?.(exchange, second as never, third as never)
    } catch (error) {
      fail(phase, error)
    }
  }

  function start(exchange: Exchange): HttpReply | undefined {
    for (let slot = 0; slot < hooks.length; slot++) {
      exchange.started = slot + 1
      try {
        const reply = starts[slot]?.(exchange, slot)
        if (reply != null) return checkReply(reply)
      } catch (error) {
        fail('onStart', error)
      }
    }
  }

  /** What follows never throws here, so that what is caught is the hook's. */
  function enterFrom(index: number, exchange: Exchange, next: () => void): void {
    const around = arounds[index]
    if (around === undefined) {
      exchange.keepContext()
      return next()
    }
    let isCalled = false
    const goOn = (): void => {
      // Also from within what follows, which would run inside of itself.
      if (isCalled) return fail('around', new Error('Expected `around` to call `next` once, and before it returns'))
      isCalled = true
      enterFrom(index + 1, exchange, next)
    }
    tell('around', around.run, exchange, goOn, around.slot)
    if (!isCalled) goOn()
  }

  const interceptHead = createHeadInterceptor((exchange: Exchange, isSent) => {
    if (isSent) return exchange.settleHead()
    if (exchange.outcome !== undefined) return
    for (let slot = 0; slot < exchange.started; slot++) tell('onHead', heads[slot], exchange, slot)
  })

  function end(exchange: Exchange, outcome = exchange.findOutcome()): void {
    if (exchange.outcome !== undefined) return
    if (exchange.started === 0) start(exchange)
    exchange.settleHead()
    exchange.outcome = outcome
    for (let slot = exchange.started - 1; slot >= 0; slot--) tell('onEnd', ends[slot], exchange, slot)
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
      if (exchange === undefined || exchange.outcome !== undefined) return next()
      let outcome: ReturnType<typeof settle> | undefined
      enterFrom(0, exchange, () => {
        outcome = settle(next)
      })
      if (outcome !== undefined && 'error' in outcome) throw outcome.error
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

type Tell = ((first: unknown, second: unknown) => void) | undefined

/** Where a server keeps the hooks that are attached to it. Other copies of this package find it, too. */
const ATTACHED: unique symbol = Symbol.for('@breakwater/core:attached')

/**
 * Lets hooks see a raw server. Attach before it listens: connections made earlier are not seen.
 *
 * Nothing changes for the server. In particular no listener is added: one for `upgrade` or `clientError` would switch
 * off what Node does by itself.
 *
 * @param server The server.
 * @param hooks Features' hooks, in their order.
 * @returns A function that lets go.
 * @throws {Error} If one of them is attached to the server already: it would count, log and trace everything twice.
 */
export function attach(server: HttpServer, hooks: readonly HttpServerHook[]): () => void {
  const attached: Set<HttpServerHook> = Reflect.get(server, ATTACHED) ?? new Set()
  Reflect.set(server, ATTACHED, attached)
  if (new Set([...attached, ...hooks]).size < attached.size + hooks.length)
    throw new Error('Cannot attach a hook twice to one server as everything would be told to it twice: attach it once')
  for (const hook of hooks) attached.add(hook)
  const events = createEmitter<HttpHookEvent>(CORE_CHANNEL, 'server hooks')
  const connected = server instanceof TlsServer ? 'secureConnection' : 'connection'
  const find = (phase: keyof HttpServerHook) => hooks.flatMap((hook) => (hook[phase] as Tell)?.bind(hook) ?? [])
  const [requests, heads] = [find('onRequest'), find('onHead')]
  let isAttached = true

  function call(phase: keyof HttpServerHook, first: unknown, second?: unknown, told = find(phase)): void {
    for (const tell of told) {
      try {
        tell(first, second)
      } catch (error) {
        events.emitFailure({ type: 'hook:failed', phase, error })
      }
    }
  }

  const intercept = createHeadInterceptor((to: NodeResponse, isSent) => isSent || call('onHead', to.req, to, heads))

  // A listener for requests that expect `100 Continue` passes them on as requests, if it takes them.
  const expecting = new WeakSet<NodeRequest>()
  // HTTP/2 sessions hide their socket, and lose it before they tell of an error.
  const sockets = new WeakMap<Session, Socket>()
  let connecting: Socket | undefined

  function see(name: string | symbol, first: unknown, second: unknown): void {
    switch (name) {
      case 'request':
      case 'checkContinue':
      case 'checkExpectation':
        if (name !== 'request') expecting.add(first as NodeRequest)
        else if (expecting.delete(first as NodeRequest)) return
        if (heads.length > 0) intercept(second as NodeResponse, second as NodeResponse)
        return call('onRequest', first, second, requests)
      case connected:
        connecting = first as Socket
        return call('onConnection', first)
      case 'session':
        if (connecting !== undefined) sockets.set(first as Session, connecting)
        return
      case 'upgrade':
      case 'connect':
        return call('onUpgrade', first, second)
      case 'clientError':
        return call('onClientError', first, second)
      case 'sessionError':
        if (sockets.has(second as Session)) call('onClientError', first, sockets.get(second as Session))
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
    if (isAttached) for (const hook of hooks) attached.delete(hook)
    isAttached = false
    // Whoever wrapped it after us still calls us, and finds us inert.
    if (server.emit === seeingEmit) server.emit = emit
  }
}
