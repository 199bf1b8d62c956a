import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { HttpExchange, NodeRequest, NodeResponse } from '@breakwater/core'
import type { SpanIds } from './exemplars.ts'

/** What is kept of a request from its head until its end, and then tells its times. */
export class RequestNote {
  // Not whole numbers at first, so that V8 has room for fractions from the beginning.
  /** When the head went out. */
  headAtMs: number = Number.NaN
  /** When it was over. */
  endedAtMs: number = Number.NaN
  /** Milliseconds up to the head, or to the end if there was none. */
  ms: number = Number.NaN
  /** Which span was active then. */
  span: SpanIds | undefined = undefined
  /** The response, if the raw server is seen. */
  response: CountedResponse | undefined = undefined
  /** The connection, of HTTP/1. */
  socket: CountedSocket | undefined = undefined
  /** Bytes that the connection had been given before the head. */
  bytesBefore = 0
}

/** More notes than that are not kept: so many requests at once are rare. */
const MOST_SPARE = 1_000

/** Notes that are used again, so that a request allocates none. */
export class RequestNotes {
  readonly #spare: RequestNote[] = []

  /** One that nobody else has. */
  take(): RequestNote {
    return this.#spare.pop() ?? new RequestNote()
  }

  /**
   * Takes one back, and lets go of what it held.
   *
   * @param note Nobody may have it any more.
   */
  giveBack(note: RequestNote): void {
    note.span = undefined
    note.response = undefined
    note.socket = undefined
    if (this.#spare.length < MOST_SPARE) this.#spare.push(note)
  }
}

/** Node keeps the head that it has sent; others read it, too, such as `morgan`. */
type CountedResponse = NodeResponse & { readonly _header?: string | null }
/** Which response is being written. */
type CountedSocket = Socket & { readonly _httpMessage?: unknown }

/**
 * Counts the bytes of responses, without asking what is written: what the connection had before the head, and has at
 * the end, less the head.
 *
 * An exchange does not show its response. But the adapter tells of a head, and goes on to send it; there the raw
 * server's hook is told, on the same turn: so the two find each other.
 */
export class ResponseSizes {
  #exchange: HttpExchange | undefined
  #note: RequestNote | undefined

  /**
   * A head is about to be sent.
   *
   * @param exchange Whose.
   * @param note Where to keep what is needed at the end.
   */
  expect(exchange: HttpExchange, note: RequestNote): void {
    this.#exchange = exchange
    this.#note = note
  }

  /**
   * A head is being sent by the raw server.
   *
   * @param request Node's request.
   * @param response Node's response.
   */
  see(request: NodeRequest, response: NodeResponse): void {
    const note = this.#note
    const exchange = this.#exchange
    this.#note = undefined
    this.#exchange = undefined
    // Of another server, whose heads are not seen.
    if (note === undefined || exchange?.method !== request.method || exchange?.status !== response.statusCode) return
    note.response = response
    // Of HTTP/2 many share a connection, and one that waits for another has none yet.
    const socket = request.httpVersionMajor === 1 ? (response as ServerResponse).socket : null
    if (socket === null) return
    note.socket = socket
    note.bytesBefore = socket.bytesWritten
  }

  /**
   * The exchange is over.
   *
   * @param exchange The exchange.
   * @param note What was kept of it.
   * @returns Bytes of its body; `undefined` if nobody can tell.
   */
  settle(exchange: HttpExchange, { response, socket, bytesBefore }: RequestNote): number | undefined {
    if (this.#exchange === exchange) {
      this.#exchange = undefined
      this.#note = undefined
    }
    if (response === undefined) return undefined
    // With pipelining the next one may have begun to write.
    if (socket !== undefined && socket._httpMessage == null)
      return Math.max(0, socket.bytesWritten - bytesBefore - (response._header?.length ?? 0))
    return announced(exchange, response)
  }
}

function announced({ method, status, outcome }: HttpExchange, response: CountedResponse): number | undefined {
  if (outcome !== 'finished') return undefined
  if (method === 'HEAD' || status === 204 || status === 304) return 0
  const length = Number(response.getHeader('content-length'))
  return Number.isFinite(length) ? length : undefined
}
