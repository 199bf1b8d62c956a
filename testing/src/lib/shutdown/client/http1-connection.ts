import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Endpoint } from './endpoint.ts'
import type { Ledger, Ticket } from './ledger.ts'
import { createResponseParser, type ParsedResponse } from './response-parser.ts'

const CONNECT_LIMIT_MS = 10_000

/** A request of HTTP/1.1, and what is to be the answer. */
export interface Http1Request {
  /** What it is counted as. */
  readonly kind: string
  readonly path: string
  /** A body that is sent piece by piece. It makes the request a POST, and has to be alone. */
  readonly body?: { readonly pieces: number; readonly pieceBytes: number; readonly everyMs: number } | undefined
  /** The body of the answer, or its length where that is long. `undefined`: any. */
  readonly expected?: string | number | undefined
}

/** A connection that never sends what it should not, and knows exactly what was sent and what came back. */
export interface Http1Connection {
  /** Whether one may send, as far as can be known here. */
  readonly isUsable: boolean
  /** Whether there never was a connection to the subject. */
  readonly wasRefused: boolean
  /**
   * Sends requests in one piece, and waits for all answers. What is not answered is entered as that.
   *
   * @returns Whether the connection may be used again.
   */
  exchange(requests: readonly Http1Request[]): Promise<boolean>
  /** Sends bytes that are no request, or not a whole one. */
  sendRaw(text: string): void
  /** Resolves when it is over, whoever ended it. */
  readonly closed: Promise<void>
  /** Ends it properly. */
  end(): void
}

/** Options of {@link openHttp1}. */
export interface OpenOptions {
  /** Milliseconds to wait after each piece that is read, as a slow client does. */
  readonly readEveryMs?: number | undefined
}

/** A request under way. */
interface Exchange {
  readonly request: Http1Request
  readonly ticket: Ticket
  /** Whether its last byte was handed over. `unknown` where TLS does not tell any more. */
  written: 'no' | 'unknown' | 'yes'
}

/**
 * Opens a connection. It never rejects: where there is none, what is sent on it is refused.
 *
 * @param endpoint Where to.
 * @param ledger Where its requests are entered.
 */
export async function openHttp1(
  endpoint: Endpoint,
  ledger: Ledger,
  { readEveryMs = 0 }: OpenOptions = {},
): Promise<Http1Connection> {
  const number = ledger.connection()
  const parser = createResponseParser()
  const underWay: Exchange[] = []
  const closed = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  let localPort: number | undefined
  let isOpen = false
  let isUsable = false
  let how = 'closed'
  let settle: ((isReusable: boolean) => void) | undefined
  const socket = connect(endpoint)
  const timer = setTimeout(
    () => socket.destroy(new Error(`no connection within ${CONNECT_LIMIT_MS} ms`)),
    CONNECT_LIMIT_MS,
  )
  socket.setNoDelay(true)
  socket.once('connect', () => {
    localPort = socket.localPort
  })
  socket.once(endpoint.ca === undefined ? 'connect' : 'secureConnect', () => {
    isOpen = true
    isUsable = true
    clearTimeout(timer)
    opened.resolve()
  })
  socket.on('data', read)
  socket.once('end', () => {
    isUsable = false
    const last = parser.finish()
    if (last) answer(last)
  })
  socket.once('error', (error: NodeJS.ErrnoException) => {
    isUsable = false
    how = error.code === 'ECONNRESET' ? 'reset' : (error.code ?? error.message)
  })
  socket.once('close', () => {
    isUsable = false
    clearTimeout(timer)
    opened.resolve()
    fail(`${how} ${parser.progress}`)
    closed.resolve()
  })
  await opened.promise

  return {
    get isUsable() {
      return isUsable
    },
    get wasRefused() {
      return !isOpen || endpoint.wasRefused(localPort)
    },
    closed: closed.promise,
    exchange,
    sendRaw: (text) => void socket.write(text),
    end: () => {
      isUsable = false
      socket.end()
    },
  }

  function exchange(requests: readonly Http1Request[]): Promise<boolean> {
    const exchanges = requests.map<Exchange>((request) => ({
      request,
      ticket: ledger.open(request.kind, request.path, number),
      written: 'no',
    }))
    if (!isUsable || endpoint.wasRefused(localPort)) {
      for (const { ticket } of exchanges) ticket.refused(`${how} before anything was sent`)
      return Promise.resolve(false)
    }
    underWay.push(...exchanges)
    const settled = Promise.withResolvers<boolean>()
    settle = settled.resolve
    const [only] = exchanges
    if (only?.request.body) dribble(only, only.request.body)
    else write(exchanges, requests.map(({ path }) => `GET ${path} HTTP/1.1\r\nhost: subject\r\n\r\n`).join(''))
    return settled.promise
  }

  function write(exchanges: readonly Exchange[], text: string): void {
    for (const one of exchanges) one.written = 'unknown'
    socket.write(text, (error?: NodeJS.ErrnoException | null) => {
      for (const one of exchanges) {
        if (!error) {
          one.written = 'yes'
          one.ticket.sent()
        } else if (isRefusal(error)) one.written = 'no'
      }
    })
  }

  function dribble(one: Exchange, { pieces, pieceBytes, everyMs }: NonNullable<Http1Request['body']>): void {
    const head = `POST ${one.request.path} HTTP/1.1\r\nhost: subject\r\ncontent-length: ${pieces * pieceBytes}\r\n\r\n`
    socket.write(head, (error) => error ?? one.ticket.begun())
    let left = pieces
    const timer = setInterval(() => {
      if (!isUsable || --left <= 0) clearInterval(timer)
      if (!isUsable) return
      if (left > 0) socket.write('x'.repeat(pieceBytes))
      else write([one], 'x'.repeat(pieceBytes))
    }, everyMs)
  }

  function read(chunk: Buffer): void {
    if (readEveryMs > 0) {
      socket.pause()
      setTimeout(() => socket.resume(), readEveryMs)
    }
    try {
      for (const response of parser.push(chunk)) answer(response)
    } catch (error) {
      how = `answered with no HTTP: ${(error as Error).message}`
      socket.destroy()
    }
  }

  function answer(response: ParsedResponse): void {
    const one = underWay.shift()
    if (response.isLast || one === undefined) isUsable = false
    if (one === undefined) return // such as 408 to what was no whole request
    // Whoever answers has it.
    one.ticket.sent()
    const { expected } = one.request
    const got = typeof expected === 'number' ? response.bytes : response.start
    if (response.status === 200 && expected !== undefined && got !== expected)
      one.ticket.broken(`answered with ${JSON.stringify(got)} instead of ${JSON.stringify(expected)}`)
    else one.ticket.answered(response.status)
    if (response.isLast) {
      how = 'closed after an earlier answer that said it was the last,'
      socket.end()
    }
    if (underWay.length === 0) finish(isUsable)
  }

  /** What is under way will not be answered. */
  function fail(reason: string): void {
    const isBehind = endpoint.wasRefused(localPort)
    for (const { ticket, written } of underWay.splice(0)) {
      if (isBehind) ticket.refused('refused behind the relay')
      if (written === 'unknown') ticket.sent()
      ticket.broken(reason)
    }
    finish(false)
  }

  function finish(isReusable: boolean): void {
    settle?.(isReusable)
    settle = undefined
  }
}

function connect({ port, ca }: Endpoint): Socket {
  if (ca === undefined) return connectTcp({ host: '127.0.0.1', port })
  return connectTls({ host: '127.0.0.1', port, ca, servername: 'localhost', ALPNProtocols: ['http/1.1'] })
}

/** Whether the kernel did not take it any more. */
function isRefusal({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'ECONNRESET'
}
