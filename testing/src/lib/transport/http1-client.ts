import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { type Abort, type Client, CutError, type Head, readReply, type SendOptions, type Sent } from './client.ts'
import { defer, type Waiter } from './waiter.ts'

/** A connection on which bytes are written as they are, and responses read one after the other. Takes only what is asked for. */
export class Http1Client implements Client {
  /** The TCP connection. */
  readonly raw: Socket
  /** What is written to: `raw`, or the TLS on it. */
  readonly stream: Socket | TLSSocket
  readonly #waiter: Waiter
  #buffer: Buffer = Buffer.alloc(0)
  #isOver = false
  #wake: () => void = () => {}
  /** Responses are read in the order in which requests were sent. */
  #previous: Promise<unknown> = Promise.resolve()

  constructor(raw: Socket, stream: Socket | TLSSocket, waiter: Waiter) {
    this.raw = raw
    this.stream = stream
    this.#waiter = waiter
    stream.on('readable', () => this.#wake())
    for (const name of ['end', 'close', 'error']) {
      stream.on(name, () => {
        this.#isOver = true
        this.#wake()
      })
    }
  }

  /** Writes bytes. */
  write(data: string): void {
    this.stream.write(data)
  }

  send(method: string, target: string, { headers = {}, body, length }: SendOptions = {}): Sent {
    this.write(formatRequest(method, target, { headers, body, length }))
    return this.expect(method)
  }

  fetch(method: string, target: string, options?: SendOptions): Promise<Awaited<ReturnType<Sent['reply']>>> {
    return this.send(method, target, options).reply()
  }

  /** A response to a request that was written by hand. Read the ones before it first. */
  expect(method: string): Sent {
    const previous = this.#previous
    const over = defer()
    this.#previous = over.promise
    let head: Promise<Head> | undefined
    let body: AsyncGenerator<Buffer> | undefined
    const sent: Sent = {
      write: (piece) => this.write(piece),
      head: () => {
        head ??= this.#waiter.within(previous, 'the response before').then(() => this.#readHead())
        return head
      },
      piece: async () => {
        body ??= this.#readBody(await sent.head(), method)
        const { value } = await body.next().catch((error) => {
          over.resolve()
          throw error
        })
        if (value === undefined) over.resolve()
        return value as Buffer | undefined
      },
      reply: () => readReply(sent),
    }
    return sent
  }

  /** Resolves once the server ends or resets the connection. Reads on, and keeps what it reads. */
  async closed(): Promise<void> {
    while (await this.#pull()) {}
  }

  /** Everything read and not taken yet. */
  get rest(): string {
    return this.#buffer.toString('latin1')
  }

  destroy(): void {
    this.stream.destroy()
    this.raw.destroy()
  }

  async #readHead(): Promise<Head> {
    const informational: number[] = []
    for (;;) {
      const [first = '', ...lines] = (await this.#takeUntil('\r\n\r\n')).split('\r\n')
      const status = Number(first.match(/^HTTP\/1\.1 (\d{3}) /)?.[1])
      if (Number.isNaN(status)) throw new Error(`Expected a status line, got ${JSON.stringify(first)}`)
      if (status >= 200 || status === 101) return { status, headers: toHeaders(lines), informational }
      informational.push(status)
    }
  }

  async *#readBody({ status, headers }: Head, method: string): AsyncGenerator<Buffer> {
    if (method === 'HEAD' || status === 204 || status === 304) return
    const length = headers['content-length']
    if (headers['transfer-encoding'] === 'chunked') {
      for (;;) {
        const size = Number.parseInt(await this.#takeUntil('\r\n'), 16)
        yield* this.#takeBytes(size)
        await this.#takeUntil('\r\n')
        if (size === 0) return
      }
    }
    if (length !== undefined) return yield* this.#takeBytes(Number(length))
    while (this.#buffer.length > 0 || (await this.#pull())) yield this.#take(this.#buffer.length)
  }

  async *#takeBytes(size: number): AsyncGenerator<Buffer> {
    for (let left = size; left > 0; ) {
      if (this.#buffer.length === 0 && !(await this.#pull())) throw new CutError('a piece of the body is missing')
      const piece = this.#take(Math.min(left, this.#buffer.length))
      left -= piece.length
      yield piece
    }
  }

  async #takeUntil(end: string): Promise<string> {
    let at = this.#buffer.indexOf(end)
    while (at === -1) {
      if (!(await this.#pull()))
        throw new CutError(`no ${JSON.stringify(end)} in ${JSON.stringify(this.rest.slice(0, 200))}`)
      at = this.#buffer.indexOf(end)
    }
    const text = this.#take(at + end.length)
    return text.toString('latin1', 0, at)
  }

  #take(size: number): Buffer {
    const taken = this.#buffer.subarray(0, size)
    this.#buffer = this.#buffer.subarray(size)
    return taken
  }

  async #pull(): Promise<boolean> {
    for (;;) {
      const chunk = this.stream.read() as Buffer | null
      if (chunk !== null) {
        this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk])
        return true
      }
      if (this.#isOver) return false
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      await this.#waiter.within(woken, 'bytes of a response')
    }
  }
}

/**
 * Writes down a request.
 *
 * @param method Such as `GET`.
 * @param target As it is to be sent.
 * @param options Headers and body.
 */
export function formatRequest(
  method: string,
  target: string,
  { headers = {}, body, length }: SendOptions = {},
): string {
  const size = length ?? (body === undefined ? undefined : Buffer.byteLength(body))
  const all = { host: '127.0.0.1', ...(size === undefined ? {} : { 'content-length': String(size) }), ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`
}

function toHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  return headers
}

/** How a client of HTTP/1.1 goes. */
export const HTTP1_ABORTS: readonly Abort[] = [
  { name: 'a reset', abort: (client) => void (client as Http1Client).raw.resetAndDestroy() },
  { name: 'a close', abort: (client) => client.destroy() },
  { name: 'a half close', abort: (client) => void (client as Http1Client).stream.end() },
]
