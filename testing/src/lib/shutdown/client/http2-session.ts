import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import type { Endpoint } from './endpoint.ts'
import type { Ledger, Ticket } from './ledger.ts'

const CONNECT_LIMIT_MS = 10_000
/** Milliseconds in which whatever the other end sent before its process ended has been read. */
const READ_LIMIT_MS = 1_000

/** A session of HTTP/2. */
export interface Http2Session {
  /** Whether one may send, as far as can be known here. */
  readonly isUsable: boolean
  /** Whether there never was a connection to the subject. */
  readonly wasRefused: boolean
  /**
   * Makes a request and waits for its end. What is not answered is entered as that.
   *
   * @param kind What it is counted as.
   * @param path Its path.
   * @param expected The body of the answer.
   */
  request(kind: string, path: string, expected: string): Promise<void>
  /** Ends it properly. */
  end(): void
}

/**
 * Opens a session. It never rejects: where there is none, what is sent on it is refused.
 *
 * @param endpoint Where to.
 * @param ledger Where its requests are entered.
 */
export async function openHttp2(endpoint: Endpoint, ledger: Ledger): Promise<Http2Session> {
  const number = ledger.connection()
  const { port, ca } = endpoint
  const session = ca === undefined ? connect(`http://127.0.0.1:${port}`) : connect(`https://127.0.0.1:${port}`, { ca })
  const opened = Promise.withResolvers<void>()
  let isOpen = false
  let localPort: number | undefined
  /** The last stream that the server says it takes, once it has said so. */
  let lastTaken: number | undefined
  let how: string | undefined
  const timer = setTimeout(
    () => session.destroy(new Error(`no session within ${CONNECT_LIMIT_MS} ms`)),
    CONNECT_LIMIT_MS,
  )
  session.once('connect', () => {
    isOpen = true
    localPort = session.socket.localPort
    opened.resolve()
  })
  session.on('goaway', (_code, lastStreamId) => {
    lastTaken = lastStreamId
  })
  session.once('error', (error: NodeJS.ErrnoException) => {
    how = toHow(error)
  })
  session.once('close', () => opened.resolve())
  // Node's client does not notice each time that the other end is gone, and leaves its streams open for ever.
  endpoint.over?.addEventListener('abort', () => setTimeout(() => session.destroy(), READ_LIMIT_MS).unref())
  await opened.promise
  clearTimeout(timer)

  return {
    get isUsable() {
      return isUsable(session)
    },
    get wasRefused() {
      return !isOpen || endpoint.wasRefused(localPort)
    },
    request,
    end: () => session.close(),
  }

  async function request(kind: string, path: string, expected: string): Promise<void> {
    const ticket = ledger.open(kind, path, number)
    if (!isUsable(session)) return ticket.refused(`${how ?? 'closed'} before anything was sent`)
    await follow(session.request({ ':path': path }), ticket, expected)
  }

  function follow(stream: ClientHttp2Stream, ticket: Ticket, expected: string): Promise<void> {
    const done = Promise.withResolvers<void>()
    let status: number | undefined
    let length: number | undefined
    let body = ''
    let hasEnded = false
    stream.setEncoding('utf8')
    let id: number | undefined
    const onReady = (): void => {
      id = stream.id
      ticket.sent()
    }
    if (stream.pending) stream.once('ready', onReady)
    else onReady()
    stream.once('response', (headers) => {
      status = Number(headers[':status'])
      length = headers['content-length'] === undefined ? undefined : Number(headers['content-length'])
    })
    stream.on('data', (chunk: string) => {
      body += chunk
    })
    stream.once('end', () => {
      hasEnded = true
    })
    // `close` follows. Where the session has an error, it comes after that of its streams.
    stream.once('error', (error: NodeJS.ErrnoException) => {
      if (session.destroyed && error.code !== 'ERR_HTTP2_STREAM_CANCEL') how ??= toHow(error)
    })
    stream.on('error', () => {})
    stream.once('close', () => {
      const isWhole = hasEnded && status !== undefined && (length === undefined || body.length === length)
      const code = stream.rstCode
      if (isWhole && status === 200 && body !== expected) ticket.broken(`answered with ${JSON.stringify(body)}`)
      else if (isWhole && code === constants.NGHTTP2_NO_ERROR) ticket.answered(status ?? 0)
      else if (endpoint.wasRefused(localPort)) ticket.refused('refused behind the relay')
      else if (code !== constants.NGHTTP2_REFUSED_STREAM) ticket.broken(cut(code, progress(status, body)))
      // What was on its way out when GOAWAY came stays here, and nghttp2 ends it with the same code.
      else if (lastTaken !== undefined && (id ?? 0) <= lastTaken) ticket.refused('GOAWAY came before it was sent')
      else ticket.turnedAway(lastTaken === undefined ? 'the stream was refused' : 'left by GOAWAY')
      done.resolve()
    })
    return done.promise
  }

  function cut(code: number | undefined, progress: string): string {
    return `${session.destroyed ? (how ?? 'closed') : 'the stream was cut'} (code ${code}) ${progress}`
  }
}

function toHow({ code, message }: NodeJS.ErrnoException): string {
  return code === 'ECONNRESET' ? 'reset' : (code ?? message)
}

function progress(status: number | undefined, body: string): string {
  return status === undefined ? 'before any byte of the answer' : `after ${body.length} bytes of the answer`
}

function isUsable(session: ClientHttp2Session): boolean {
  return !session.closed && !session.destroyed && !session.connecting
}
