import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Socket } from 'node:net'

/** A request as Node's servers hand it out, of HTTP/2 through the compatibility API. */
export type NodeRequest = IncomingMessage | Http2ServerRequest

/** A response as Node's servers hand it out, of HTTP/2 through the compatibility API. */
export type NodeResponse = ServerResponse | Http2ServerResponse

/**
 * How a request ended. `finished`: its response was handed to the operating system whole. `aborted`: the client went
 * first. `failed`: this side cut the response short.
 */
export type HttpOutcome = 'finished' | 'aborted' | 'failed'

/** One request and its response, as much of it as a feature needs: a thin view, the same on every framework. */
export interface HttpExchange {
  /** Method as sent, such as `GET`. Not from a bounded set: a client may send what it likes. */
  readonly method: string
  /** Path as sent, without query. */
  readonly path: string
  /**
   * Full pattern of the matched route, with the prefixes it is mounted under, such as `/api/tasks/:id`. `undefined`
   * while none is known, and for good if none matched. From `onHead` on it does not change.
   */
  readonly route: string | undefined
  /** Status of the response: what it would be now, and from `onHead` on what it is. */
  readonly status: number
  /** `undefined` until `onEnd`. */
  readonly outcome: HttpOutcome | undefined
  /** When the request came in, on the adapter's monotonic clock. */
  readonly startedAtMs: number
  /** A place for each hook's own notes about this exchange, by the slot number that the hook is called with. */
  readonly slots: unknown[]
  /**
   * Reads a header of the request.
   *
   * @param name In lower case.
   * @returns Its value; several of one name are joined as Node joins them: by `, `, cookies by `; `, and of some only the first.
   */
  header(name: string): string | undefined
  /**
   * Sets a header of the response. Does nothing once the head is sent.
   *
   * @param name Of any case.
   * @param value One value.
   */
  setHeader(name: string, value: string): void
}

/** A whole response: what ends a request early, or answers at an endpoint. */
export interface HttpReply {
  /** Status code, 200 to 599. */
  readonly status: number
  /** Header values by name. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Nothing, text (sent as UTF-8, and as `text/plain` unless a header says else), bytes, or pieces that are asked for as fast as the client takes them. */
  readonly body?: string | Uint8Array | AsyncIterable<string | Uint8Array> | undefined
}

/**
 * What a feature wants to do with every request.
 *
 * Each function is called at most once per exchange, and nothing it throws reaches the request. Put observers before
 * gates, so that a refused request is still counted.
 */
export interface HttpHook {
  /**
   * A request came in. Synchronous: no hook may queue requests.
   *
   * @param exchange The exchange.
   * @param slot Where in `exchange.slots` this hook may keep its notes.
   * @returns A reply that ends the request here, or nothing. Later hooks are not asked then.
   */
  onStart?(exchange: HttpExchange, slot: number): HttpReply | undefined
  /**
   * Runs everything that follows, such as inside an `AsyncLocalStorage`. Synchronous.
   *
   * @param exchange The exchange.
   * @param next What follows. Call it once, before returning: another call does nothing, and is told as a fault.
   * @param slot As in `onStart`.
   */
  around?(exchange: HttpExchange, next: () => void, slot: number): void
  /**
   * The handler is done and the head goes out: headers can still be set. Measure latencies and limit concurrency up
   * to here, as a slow download is not the server's slowness.
   *
   * @param exchange The exchange.
   * @param slot As in `onStart`.
   */
  onHead?(exchange: HttpExchange, slot: number): void
  /**
   * The exchange is over, on `close`. Called exactly once for each hook whose turn to start came, last one first.
   *
   * @param exchange The exchange.
   * @param slot As in `onStart`.
   */
  onEnd?(exchange: HttpExchange, slot: number): void
}

/**
 * Answers at a path of its own, such as `/metrics`.
 *
 * @param exchange The exchange.
 * @returns The whole response.
 */
export type HttpEndpoint = (exchange: HttpExchange) => HttpReply | PromiseLike<HttpReply>

/** What a feature wants to see of the raw server, before any framework. Nothing it throws reaches the server. */
export interface HttpServerHook {
  /** A connection is ready for requests; with TLS, its handshake is done. */
  onConnection?(socket: Socket): void
  /** The head of a request was read. Also called where the framework answers by itself. */
  onRequest?(request: NodeRequest, response: NodeResponse): void
  /** The head of a response goes out: headers can still be set. */
  onHead?(request: NodeRequest, response: NodeResponse): void
  /** A connection leaves HTTP, for a WebSocket or a tunnel. Not called where nobody listens for upgrades: that is a request. */
  onUpgrade?(request: IncomingMessage, socket: Socket): void
  /** A connection sent what is not HTTP, too much of it, or too slowly. */
  onClientError?(error: Error, socket: Socket): void
}
