/** What one side sees of a response before its body. */
export interface Head {
  /** Status code. */
  readonly status: number
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** Statuses of the informational responses that came before. */
  readonly informational: readonly number[]
}

/** A response as far as it came. */
export interface Reply extends Head {
  /** Body. */
  readonly text: string
  /** Whether it came whole. */
  readonly isComplete: boolean
}

/** What to send besides method and target. */
export interface SendOptions {
  /** Headers by lower-case name. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Body, or how it begins. */
  readonly body?: string | undefined
  /**
   * How many bytes the body has.
   *
   * @defaultValue as many as `body`
   */
  readonly length?: number | undefined
}

/** A request under way. */
export interface Sent {
  /**
   * Sends more of the body.
   *
   * @param piece What.
   */
  write(piece: string): void
  /** Resolves once the head of the final response is here. */
  head(): Promise<Head>
  /** Resolves with the next piece of the body, or nothing once it is over. Rejects if it was cut. */
  piece(): Promise<Buffer | undefined>
  /** Resolves once the response is over, however. */
  reply(): Promise<Reply>
}

/** A way for a client to go. */
export interface Abort {
  /** Which, as part of a case's name. */
  readonly name: string
  /**
   * Goes.
   *
   * @param client The client.
   * @param sent One of its requests.
   */
  abort(client: Client, sent: Sent): void
}

/** A client with one connection. Over HTTP/1.1 it sends the next request when the last was answered, or pipelines it. */
export interface Client {
  /**
   * Sends a request.
   *
   * @param method Such as `GET`.
   * @param target Path and query.
   * @param options Headers and body.
   */
  send(method: string, target: string, options?: SendOptions): Sent
  /**
   * Sends a request and reads the response.
   *
   * @param method Such as `GET`.
   * @param target Path and query.
   * @param options Headers and body.
   */
  fetch(method: string, target: string, options?: SendOptions): Promise<Reply>
  /** Destroys the connection. */
  destroy(): void
}

/**
 * Reads a whole response.
 *
 * @param sent The request.
 */
export async function readReply(sent: Sent): Promise<Reply> {
  const head = await sent.head()
  const pieces: Buffer[] = []
  let isComplete = true
  try {
    for (let piece = await sent.piece(); piece !== undefined; piece = await sent.piece()) pieces.push(piece)
  } catch (error) {
    if (!(error instanceof CutError)) throw error
    isComplete = false
  }
  return { ...head, text: Buffer.concat(pieces).toString(), isComplete }
}

/** Thrown where a response ends before it is whole. */
export class CutError extends Error {
  /** Says what was being read. */
  constructor(what: string) {
    super(`The response was cut: ${what}`)
  }
}
