import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { HttpEndpoint, HttpHook, HttpServer, HttpServerHook } from '@breakwater/core'

/** Every protocol that a server of Node's speaks HTTP over. */
export const PROTOCOLS = ['http', 'https', 'h2c', 'h2'] as const

/** What a server speaks: HTTP/1.1 plain or over TLS, HTTP/2 plain or over TLS. */
export type Protocol = (typeof PROTOCOLS)[number]

/** An adapter under test, on one framework and one protocol. */
export interface Transport {
  /** What the server speaks. For TLS it takes its key and certificate from `createCertificate()`. */
  readonly protocol: Protocol
  /**
   * Starts a server on a free port of 127.0.0.1, with the adapter mounted on it as its users would.
   *
   * @param app What to mount.
   */
  listen(app: TransportApp): Promise<TransportServer>
}

/** What a case wants of a server. Everything goes through the adapter, except the routes, which are the framework's. */
export interface TransportApp {
  /** Mounted first, before all routes. */
  readonly hooks: readonly HttpHook[]
  /** Attached before the server listens. */
  readonly serverHooks: readonly HttpServerHook[]
  /** By path. */
  readonly endpoints: Readonly<Record<string, HttpEndpoint>>
  /** Mounted with the framework's own router. A route for GET answers HEAD as well. */
  readonly routes: readonly TransportRoute[]
  /** If given, awaited for every request before the hooks see it, by a middleware or hook of the framework's own. */
  readonly before?: (() => Promise<void>) | undefined
}

/** A route of the application. */
export interface TransportRoute {
  /** Such as `GET`. */
  readonly method: 'DELETE' | 'GET' | 'OPTIONS' | 'POST'
  /** Paths of the routers it is mounted under, the outermost first, such as `['/api', '/v1']`. */
  readonly prefixes: readonly string[]
  /** Its own pattern, such as `/tasks/:id`. */
  readonly path: string
  /**
   * Answers a request. What it throws or rejects with is left to the framework's own error handling, which is to send
   * a 500 that does not say the message.
   *
   * @param call The request.
   * @returns What the framework is to send in its own way, or nothing if `call.response` was taken over.
   */
  answer(call: RouteCall): RouteAnswer | undefined | Promise<RouteAnswer | undefined>
}

/** A request as a route gets it. */
export interface RouteCall {
  /** Node's request. */
  readonly request: IncomingMessage
  /** Node's response. */
  readonly response: ServerResponse
  /** The body of a request of type `text/plain`, read by the framework. Bodies of all other types are left unread. */
  readonly text: string | undefined
}

/** What a route answers. */
export interface RouteAnswer {
  /** @defaultValue `200` */
  readonly status?: number | undefined
  /** Text, or a stream that the framework pipes. A stream that fails before its end is to cut the response. */
  readonly body?: string | Readable | undefined
}

/** A server that listens. */
export interface TransportServer {
  /** The raw server. The port is read from it. */
  readonly server: HttpServer
  /** Stops it. Its connections were destroyed before. */
  close(): Promise<void>
}

/**
 * Whether a transport speaks HTTP/2.
 *
 * @param transport The transport.
 */
export function isHttp2({ protocol }: Transport): boolean {
  return protocol === 'h2c' || protocol === 'h2'
}

/**
 * Whether a transport speaks TLS.
 *
 * @param transport The transport.
 */
export function isSecure({ protocol }: Transport): boolean {
  return protocol === 'https' || protocol === 'h2'
}
