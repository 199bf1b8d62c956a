import { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2'
import type { Socket } from 'node:net'
import { type Abort, type Client, CutError, type Head, readReply, type SendOptions, type Sent } from './client.ts'
import type { Waiter } from './waiter.ts'

/** A session of HTTP/2, whose requests are independent of each other. */
export class Http2Client implements Client {
  /** The TCP connection. */
  readonly raw: Socket
  /** The session. */
  readonly session: ClientHttp2Session
  readonly #waiter: Waiter

  constructor(raw: Socket, session: ClientHttp2Session, waiter: Waiter) {
    this.raw = raw
    this.session = session
    this.#waiter = waiter
    session.on('error', () => {})
  }

  send(method: string, target: string, { headers = {}, body = '', length }: SendOptions = {}): Http2Sent {
    const missing = length === undefined ? 0 : length - Buffer.byteLength(body)
    const size = length ?? Buffer.byteLength(body)
    const stream = this.session.request(
      { ':method': method, ':path': target, ...(size === 0 ? {} : { 'content-length': String(size) }), ...headers },
      { endStream: size === 0 },
    )
    return new Http2Sent(stream, this.#waiter, body, missing)
  }

  fetch(method: string, target: string, options?: SendOptions): Promise<Awaited<ReturnType<Sent['reply']>>> {
    return this.send(method, target, options).reply()
  }

  destroy(): void {
    this.session.destroy()
    this.raw.destroy()
  }
}

/** A stream of HTTP/2. */
export class Http2Sent implements Sent {
  /** The stream. */
  readonly stream: ClientHttp2Stream
  readonly #waiter: Waiter
  readonly #informational: number[] = []
  #head: Head | undefined
  #missing: number
  #isEnded = false
  #isClosed = false
  #wake: () => void = () => {}

  constructor(stream: ClientHttp2Stream, waiter: Waiter, body: string, missing: number) {
    this.stream = stream
    this.#waiter = waiter
    this.#missing = missing + Buffer.byteLength(body)
    stream.on('headers', (headers) => this.#informational.push(Number(headers[':status'])))
    stream.on('response', ({ ':status': status = 0, ...headers }) => {
      this.#head = { status, headers: headers as Record<string, string>, informational: this.#informational }
      this.#wake()
    })
    stream.on('readable', () => this.#wake())
    stream.on('error', () => this.#wake())
    stream.on('end', () => {
      this.#isEnded = true
      this.#wake()
    })
    stream.on('close', () => {
      this.#isClosed = true
      this.#wake()
    })
    if (body !== '') this.write(body)
  }

  write(piece: string): void {
    this.#missing -= Buffer.byteLength(piece)
    if (this.#missing > 0) this.stream.write(piece)
    else this.stream.end(piece)
  }

  async head(): Promise<Head> {
    while (this.#head === undefined) {
      if (this.#isClosed) throw new CutError(`no head, stream closed with code ${this.stream.rstCode}`)
      await this.#woken()
    }
    return this.#head
  }

  async piece(): Promise<Buffer | undefined> {
    await this.head()
    for (;;) {
      const chunk = this.stream.read() as Buffer | null
      if (chunk !== null) return chunk
      // A stream that is cut may say `end` as well: only its code tells.
      if (this.#isClosed && this.stream.rstCode !== constants.NGHTTP2_NO_ERROR)
        throw new CutError(`code ${this.stream.rstCode}`)
      if (this.#isClosed && !this.#isEnded && this.stream.readableLength === 0)
        throw new CutError('the session is gone')
      if (this.#isClosed) return undefined
      await this.#woken()
    }
  }

  reply(): ReturnType<Sent['reply']> {
    return readReply(this)
  }

  async #woken(): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    await this.#waiter.within(woken, 'a frame of a response')
  }
}

/** How a client of HTTP/2 goes. */
export const HTTP2_ABORTS: readonly Abort[] = [
  { name: 'a cancelled stream', abort: (_client, sent) => (sent as Http2Sent).stream.close(constants.NGHTTP2_CANCEL) },
  { name: 'a destroyed session', abort: (client) => (client as Http2Client).session.destroy() },
  { name: 'a reset', abort: (client) => void (client as Http2Client).raw.resetAndDestroy() },
]
