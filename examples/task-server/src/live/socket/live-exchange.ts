import type { HttpExchange, HttpHook, HttpOutcome, HttpReply } from '@breakwater/core'

/** Something that is asked over a WebSocket, as a hook of HTTP sees it. */
export class LiveExchange implements HttpExchange {
  readonly method = 'WEBSOCKET'
  readonly path: string
  readonly route: string
  readonly startedAtMs: number
  readonly slots: unknown[] = []
  readonly outcome: HttpOutcome | undefined = undefined
  status = 200

  /**
   * @param what What is asked. From a bounded set.
   * @param startedAtMs When.
   */
  constructor(what: string, startedAtMs: number) {
    this.path = this.route = `live:${what}`
    this.startedAtMs = startedAtMs
  }

  header(): undefined {
    return undefined
  }

  setHeader(): void {}
}

/** What refuses requests when there are too many: the hook of `monitor`, which counts those of WebSockets among the others. */
export type Gate = Pick<HttpHook, 'onStart' | 'onHead'>

/**
 * Asks whether there is time for something.
 *
 * @param gate Who knows. Without one, there always is.
 * @param exchange What.
 * @returns What to answer instead of doing it. If nothing, {@link leave} when it is done.
 */
export function enter(gate: Gate | undefined, exchange: LiveExchange): HttpReply | undefined {
  return gate?.onStart?.(exchange, 0)
}

/**
 * Says that it is done.
 *
 * @param gate Who was asked.
 * @param exchange What.
 * @param status How it went.
 */
export function leave(gate: Gate | undefined, exchange: LiveExchange, status: number): void {
  exchange.status = status
  gate?.onHead?.(exchange, 0)
}
