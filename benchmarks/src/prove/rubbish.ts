import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '@breakwater/testing/simulation'

/** What came of rubbish. */
export interface RubbishReport {
  readonly sent: number
  /** Answers by status; `closed`: without one, `silent`: neither answered nor closed in time; of WebSockets `ws <close code>`. */
  readonly answers: Readonly<Record<string, number>>
  /** Those that no rubbish may get. */
  readonly wrong: readonly string[]
}

const EACH_LIMIT_MS = 3_000
const MOST_WRONG = 10
const CLOSE_OPCODE = 8

/**
 * Sends what no client should: broken heads, bodies that are no task, JSON that is none, paths that are nothing, frames that are no
 * WebSocket's. Nothing of it may be stored, and nothing may be answered with a 500.
 *
 * @param urls Where to; in turns.
 * @param perSecond How many.
 * @param durationMs For how long.
 * @param seed The same gives the same rubbish.
 */
export async function sendRubbish(
  urls: readonly string[],
  perSecond: number,
  durationMs: number,
  seed: number,
): Promise<RubbishReport> {
  const random = createRandom(seed)
  const answers: Record<string, number> = {}
  const wrong: string[] = []
  const untilMs = performance.now() + durationMs
  const underWay: Promise<void>[] = []
  let sent = 0
  while (performance.now() < untilMs) {
    const { host, hostname, port } = new URL(urls[sent % urls.length] as string)
    const [what, bytes] = makeRubbish(random, host)
    sent++
    underWay.push(
      exchange(hostname, Number(port), bytes).then((answer) => {
        answers[answer] = (answers[answer] ?? 0) + 1
        // Refused for want of time it may be. 501 and 505 say what the head asked for.
        if (/^5(?!01|03|05)/.test(answer) && wrong.length < MOST_WRONG) wrong.push(`${what}: ${answer}`)
        if (/^2/.test(answer) && wrong.length < MOST_WRONG) wrong.push(`${what}: ${answer}`)
      }),
    )
    await sleep(1_000 / perSecond)
  }
  await Promise.all(underWay)
  return { sent, answers, wrong }
}

type Rubbish = readonly [what: string, bytes: Buffer]

function makeRubbish(random: () => number, host: string): Rubbish {
  const kind = KINDS[Math.floor(random() * KINDS.length)] as (random: () => number, host: string) => Rubbish
  return kind(random, host)
}

const KINDS: readonly ((random: () => number, host: string) => Rubbish)[] = [
  () => ['bytes', randomBytes(200)],
  (_, host) => ['half a head', text(`GET /api/v1/tasks HTTP/1.1\r\nHost: ${host}\r\nX-Half`)],
  (_, host) => ['a huge header', request('GET', '/api/v1/tasks', host, { 'X-Huge': 'x'.repeat(70_000) })],
  (_, host) => [
    'two lengths',
    request('POST', '/api/v1/tasks', host, { 'Content-Length': '3\r\nContent-Length: 4' }, 'abcd'),
  ],
  (_, host) => ['a length that is none', request('POST', '/api/v1/tasks', host, { 'Content-Length': '-1' })],
  (_, host) => [
    'chunks that are none',
    request('POST', '/api/v1/tasks', host, { 'Transfer-Encoding': 'chunked' }, 'zz\r\nabc\r\n0\r\n\r\n'),
  ],
  (random, host) => [
    'a path that is nothing',
    request('GET', `/${'%c0%af../'.repeat(Math.ceil(random() * 20))}etc`, host),
  ],
  (_, host) => ['a path that is no URL', request('GET', '/api/v1/tasks/%E0%A4%A', host)],
  (_, host) => [
    'an id that is none',
    request('GET', `/api/v1/tasks/${"'; drop table tasks; --".replaceAll(' ', '%20')}`, host),
  ],
  (_, host) => ['a cursor that is none', request('GET', '/api/v1/tasks?cursor=AAAA&limit=20', host)],
  (_, host) => ['a method that is none', request('BREW', '/api/v1/tasks', host)],
  ...WRONG_BODIES().map(
    ([what, body]) =>
      (_: unknown, host: string): Rubbish => [what, json(host, body)],
  ),
  (_, host) => ['a body that is too large', json(host, `{"title":"${'x'.repeat(300_000)}"}`)],
  (_, host) => [
    'another type',
    request('POST', '/api/v1/tasks', host, { 'Content-Type': 'text/html', 'Content-Length': '1' }, 'x'),
  ],
  (_, host) => [
    'another site',
    request(
      'POST',
      '/api/v1/tasks',
      host,
      { Origin: 'https://evil.example', 'Content-Type': 'application/json', 'Content-Length': '13' },
      '{"title":"a"}',
    ),
  ],
  (_, host) => ['frames that are none', upgrade(host, randomBytes(100))],
  (_, host) => ['a frame without a mask', upgrade(host, Buffer.from([0x81, 2, 0x68, 0x69]))],
  (_, host) => ['a message that is none', upgrade(host, frame(Buffer.from('{"type":')))],
  (_, host) => ['a message of bytes', upgrade(host, frame(randomBytes(50), 2))],
  (_, host) => ['text that is no UTF-8', upgrade(host, frame(Buffer.from([0xff, 0xfe, 0xfd])))],
  (_, host) => ['a message that is too large', upgrade(host, frame(Buffer.alloc(70_000, 'x')))],
  (_, host) => ['a WebSocket of another site', upgrade(host, frame(Buffer.from('{}')), 'https://evil.example')],
]

function WRONG_BODIES(): readonly (readonly [string, string])[] {
  return [
    ['JSON that is none', '{"title":'],
    ['a body of null', 'null'],
    ['a body that is a list', '[{"title":"x"}]'],
    ['a title that is none', '{"title":{"$gt":""}}'],
    ['what is not known', '{"title":"x","__proto__":{"admin":true},"constructor":1}'],
    ['a board that is none', '{"title":"x","board":"../main"}'],
    ['deep JSON', `${'['.repeat(5_000)}${']'.repeat(5_000)}`],
    ['NUL', '{"title":"a\\u0000b"}'],
    ['half a character', '{"title":"\\ud800"}'],
  ]
}

function text(head: string, body: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from(head, 'latin1'), body])
}

function request(
  method: string,
  path: string,
  host: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return text(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${lines.join('')}\r\n${body}`)
}

function json(host: string, body: string): Buffer {
  const headers = { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) }
  return request('POST', '/api/v1/tasks', host, headers, body)
}

function upgrade(host: string, frames: Buffer, origin?: string): Buffer {
  const key = randomBytes(16).toString('base64')
  const from = origin === undefined ? '' : `Origin: ${origin}\r\n`
  const head = `GET /api/v1/live HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`
  return text(`${head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${from}\r\n`, frames)
}

/** Masked with zeros, as is allowed. */
function frame(payload: Buffer, opcode = 1): Buffer {
  const length =
    payload.length < 126
      ? Buffer.from([0x80 | payload.length])
      : payload.length < 65_536
        ? Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 255])
        : Buffer.concat([Buffer.from([0x80 | 127, 0, 0, 0, 0]), uint32(payload.length)])
  return Buffer.concat([Buffer.from([0x80 | opcode]), length, Buffer.alloc(4), payload])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Sends all of it, and says what came back. */
function exchange(host: string, port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(port, host, () => socket.write(bytes))
    const timer = setTimeout(() => {
      resolve(toAnswer(Buffer.concat(chunks), 'silent'))
      socket.destroy()
    }, EACH_LIMIT_MS)
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', () => {}) // it is closed then, too
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(toAnswer(Buffer.concat(chunks), 'closed'))
    })
  })
}

function toAnswer(bytes: Buffer, none: string): string {
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(bytes.subarray(0, 20).toString('latin1'))?.[1]
  if (status === undefined) return none
  if (status !== '101') return status
  const end = bytes.indexOf('\r\n\r\n') + 4
  // What the server sends is not masked. Messages before the last frame are short.
  for (let at = end; at + 2 <= bytes.length; ) {
    const opcode = (bytes[at] as number) & 15
    const short = (bytes[at + 1] as number) & 127
    const start = at + (short === 126 ? 4 : 2)
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short
    if (opcode === CLOSE_OPCODE && length >= 2) return `ws ${bytes.readUInt16BE(start)}`
    at = start + length
  }
  return `ws ${none}`
}
