import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import type { NodeResponse } from '@breakwater/core'

/** Where Node tells of every response that was sent, also of those that no listener of the server made. */
const FINISHED = 'http.server.response.finish'
/** What Node answers to a request without `Host`, with an `Expect` that it does not know, and beyond `maxRequestsPerSocket`. */
const STATUSES = new Set([400, 417, 503])

/** What Node tells there. */
interface Finished {
  readonly request: { readonly method?: string | undefined }
  readonly response: NodeResponse
  readonly server: object
}

/** Finds the requests that Node answers by itself, without telling the server of them. */
export class OwnAnswers {
  readonly #record: (method: string, status: number) => void
  readonly #servers = new WeakSet<object>()
  /** Of the statuses above, those that somebody was told of. */
  readonly #told = new WeakSet<object>()
  readonly #hear = (message: unknown): void => this.#finished(message as Finished)
  #isHearing = false
  #isClosed = false

  /** @param record Told of each, once. */
  constructor(record: (method: string, status: number) => void) {
    this.#record = record
  }

  /**
   * Finds them on the server of a connection from now on.
   *
   * @param socket The connection.
   */
  watch(socket: Socket): void {
    const { server } = socket as Socket & { readonly server?: object | null }
    if (server != null) this.#servers.add(server)
    if (this.#isHearing || this.#isClosed) return
    this.#isHearing = true
    subscribe(FINISHED, this.#hear)
  }

  /**
   * This response is somebody's, whom the server told of its request.
   *
   * @param response Its head goes out.
   */
  skip(response: NodeResponse): void {
    if (STATUSES.has(response.statusCode)) this.#told.add(response)
  }

  /** Finds no more. */
  close(): void {
    this.#isClosed = true
    if (this.#isHearing) unsubscribe(FINISHED, this.#hear)
    this.#isHearing = false
  }

  #finished({ request, response, server }: Finished): void {
    const { statusCode } = response
    if (!STATUSES.has(statusCode) || !this.#servers.has(server) || this.#told.has(response)) return
    this.#record(request.method ?? '', statusCode)
  }
}
