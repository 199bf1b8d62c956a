import { once } from 'node:events'
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** An answer, as it came. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** The body, if it is text. */
  readonly text: string
  /** The body, if it is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for.
  readonly json: any
}

/** What is asked. */
export interface Asked {
  readonly method?: string
  /** These alone are sent, with `Host`, `Connection` and the length of a body that is in one piece. */
  readonly headers?: Readonly<Record<string, string>>
  /** In pieces, it is sent without its length, and no further than it is taken. */
  readonly body?: string | Buffer | AsyncIterable<string | Buffer>
}

const agent = new Agent({ keepAlive: true, maxSockets: 20 })

/**
 * Asks a server as no browser would: nothing is sent that is not said, and what comes is not changed.
 *
 * @param url What.
 * @param asked How.
 */
export async function ask(url: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answer> {
  const sent = request(url, { method, headers, agent })
  let isOver = false
  const answered = once(sent, 'response').finally(() => {
    isOver = true
  })
  // Who refuses a body need not read all of it.
  sent.on('error', () => {})
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) sent.end(body)
  else void write(body)
  async function write(pieces: AsyncIterable<string | Buffer>): Promise<void> {
    for await (const piece of pieces) {
      if (isOver) return
      sent.write(piece)
    }
    sent.end()
  }
  const [response] = await answered
  const bytes = await buffer(response).catch(() => Buffer.alloc(0))
  return {
    status: response.statusCode,
    headers: response.headers,
    body: bytes,
    get text() {
      return bytes.toString()
    },
    get json() {
      return JSON.parse(bytes.toString())
    },
  }
}
