import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Http2SecureServer, Http2Server, ServerHttp2Session } from 'node:http2'
import type { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import { createEmitter } from './events.ts'
import { CORE_CHANNEL, type HttpHookEvent, interceptHead } from './exchange.ts'
import type { HttpServerHook, NodeRequest, NodeResponse } from './http.ts'

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

  function onRequest(request: NodeRequest, response: NodeResponse): void {
    if (hasHeadHooks)
      interceptHead(response as ServerResponse, () => call('onHead', (hook) => hook.onHead?.(request, response)))
    call('onRequest', (hook) => hook.onRequest?.(request, response))
  }

  function see(name: string | symbol, first: unknown, second: unknown): void {
    switch (name) {
      case 'request':
      // With a listener for it, a request that expects `100 Continue` comes as one of these instead.
      case 'checkContinue':
      case 'checkExpectation':
        return onRequest(first as NodeRequest, second as NodeResponse)
      case connected:
        return call('onConnection', (hook) => hook.onConnection?.(first as Socket))
      case 'upgrade':
      case 'connect':
        return call('onUpgrade', (hook) => hook.onUpgrade?.(first as IncomingMessage, second as Socket))
      case 'clientError':
        return call('onClientError', (hook) => hook.onClientError?.(first as Error, second as Socket))
      case 'sessionError': {
        const { socket } = second as ServerHttp2Session
        return call('onClientError', (hook) => hook.onClientError?.(first as Error, socket as Socket))
      }
    }
  }

  const emit = server.emit
  const seeingEmit = function (this: unknown, name: string | symbol, ...args: unknown[]): boolean {
    if (isAttached) see(name, args[0], args[1])
    return Reflect.apply(emit, this, [name, ...args])
  } as typeof emit
  server.emit = seeingEmit

  return () => {
    isAttached = false
    // Whoever wrapped it after us still calls us, and finds us inert.
    if (server.emit === seeingEmit) server.emit = emit
  }
}
