import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { get, post, TEXT } from '../transport/case.ts'
import { formatRequest, type Http1Client } from '../transport/http1-client.ts'
import type { TransportRoute } from '../transport/transport.ts'
import type { Trial } from '../transport/trial.ts'

/** How many requests there are of each series: 100 in 13, counted by hand. */
export const EXPECTED: Readonly<Record<string, number>> = {
  'GET /plain 200': 30,
  'HEAD /plain 200': 5,
  'OPTIONS /plain 204': 2,
  'GET /api/v1/tasks/:id 200': 15,
  'POST /echo 200': 8,
  'GET /download 200': 3,
  // The client went, before the head or after it.
  'GET /download 499': 12,
  // The handler threw, or cut a response whose head said 200.
  'GET /fails/:how 500': 6,
  'GET unmatched 101': 2,
  // Two of them are upgrades that were refused.
  'GET unmatched 404': 9,
  // What this side knows, and has no name for.
  '_OTHER unmatched 404': 2,
  // What is no request at all.
  '_OTHER unmatched 400': 4,
  '_OTHER unmatched 431': 2,
}

const PIECE = 'x'.repeat(64 * 1024)
const PIECES = 40

async function* pieces(isCut: boolean): AsyncGenerator<string> {
  for (let index = 0; index < (isCut ? 2 : PIECES); index++) yield PIECE
  // What was written goes out first, or there would be no head to cut after.
  if (!isCut) return
  await sleep(5)
  throw new Error('secret')
}

/** Answers in the ways that the battery asks for. */
export const ROUTES: readonly TransportRoute[] = [
  get('/plain', () => ({ body: 'plain' })),
  { method: 'OPTIONS', prefixes: [], path: '/plain', answer: () => ({ status: 204 }) },
  { method: 'GET', prefixes: ['/api', '/v1'], path: '/tasks/:id', answer: () => ({ body: 'task' }) },
  post('/echo', ({ text }) => ({ body: text })),
  get('/download', async ({ request, response }) => {
    if (request.url?.endsWith('?whole')) return { body: Readable.from(pieces(false)) }
    if (request.url?.endsWith('?head')) {
      response.writeHead(200)
      response.write('x')
    }
    const { socket } = request
    // Rejects where the client resets: still it is not the handler that failed.
    if (!socket.destroyed) await once(socket, 'close')
    return undefined
  }),
  get('/fails/:how', ({ request }) => {
    if (request.url?.endsWith('/cut')) return { body: Readable.from(pieces(true)) }
    throw new Error('secret')
  }),
]

/**
 * Sends all 100, several kinds at once.
 *
 * @param trial A server with {@link ROUTES}.
 */
export async function sendAll(trial: Trial): Promise<void> {
  trial.server.on('upgrade', answerUpgrade)
  await Promise.all([
    keptAlive(trial),
    pipelined(trial),
    apart(trial),
    oldest(trial),
    expecting(trial),
    downloads(trial),
    ...[0, 1, 2, 3].map((index) => goBeforeHead(trial, index % 2 === 0)),
    ...[0, 1, 2, 3].map((index) => goAfterHead(trial, index % 2 === 0)),
    goPipelined(trial),
    failures(trial),
    upgrades(trial),
    nonsense(trial),
  ])
}

async function expectStatus(client: Http1Client, method: string, target: string, status: number): Promise<void> {
  const reply = await client.fetch(method, target)
  assert.deepEqual([reply.status, reply.isComplete], [status, true], `${method} ${target}`)
}

/** 10 of `/plain`, 5 HEAD, 2 OPTIONS, 15 tasks, 7 of nowhere, 2 of a method that is not counted by name, 5 echoes. */
async function keptAlive(trial: Trial): Promise<void> {
  const client = await trial.http1()
  for (let index = 0; index < 10; index++) await expectStatus(client, 'GET', `/plain?page=${index}`, 200)
  for (let index = 0; index < 5; index++) await expectStatus(client, 'HEAD', '/plain', 200)
  for (let index = 0; index < 2; index++) await expectStatus(client, 'OPTIONS', '/plain', 204)
  for (let index = 0; index < 15; index++) await expectStatus(client, 'GET', `/api/v1/tasks/${index}`, 200)
  for (let index = 0; index < 7; index++) await expectStatus(client, 'GET', `/nowhere/${index}.php?x=${index}`, 404)
  for (let index = 0; index < 2; index++) await expectStatus(client, 'PROPFIND', '/plain', 404)
  for (let index = 0; index < 5; index++) {
    const { text } = await client.fetch('POST', '/echo', { headers: TEXT, body: 'echo' })
    assert.equal(text, 'echo')
  }
  // An idle connection that is reset is no request.
  client.raw.resetAndDestroy()
}

/** 6 of `/plain`, written at once. */
async function pipelined(trial: Trial): Promise<void> {
  const client = await trial.http1()
  client.write(formatRequest('GET', '/plain').repeat(6))
  for (let index = 0; index < 6; index++) assert.equal((await client.expect('GET').reply()).status, 200)
  client.destroy()
}

/** 10 of `/plain`, each on a connection of its own, and one connection without a request. */
async function apart(trial: Trial): Promise<void> {
  const replies = await Promise.all(Array.from({ length: 10 }, () => trial.fetch('GET', '/plain')))
  assert.ok(replies.every(({ status }) => status === 200))
  const silent = await trial.http1()
  silent.destroy()
}

/** 4 of `/plain` in HTTP/1.0, which ends the connection. */
async function oldest(trial: Trial): Promise<void> {
  for (let index = 0; index < 4; index++) {
    const client = await trial.http1()
    client.write('GET /plain HTTP/1.0\r\n\r\n')
    await client.closed()
    assert.match(client.rest, /^HTTP\/1\.1 200 [\s\S]*plain$/)
  }
}

/** 3 echoes that wait for `100 Continue`. */
async function expecting(trial: Trial): Promise<void> {
  const client = await trial.http1()
  for (let index = 0; index < 3; index++) {
    const sent = client.send('POST', '/echo', { headers: { ...TEXT, expect: '100-continue' }, length: 4 })
    await sleep(2)
    sent.write('echo')
    const { status, informational } = await sent.reply()
    assert.deepEqual([status, informational], [200, [100]])
  }
  client.destroy()
}

/** 3 downloads by a client that takes its time. */
async function downloads(trial: Trial): Promise<void> {
  const client = await trial.http1()
  for (let index = 0; index < 3; index++) {
    const sent = client.send('GET', '/download?whole')
    await sent.head()
    await sleep(20)
    const { text, isComplete } = await sent.reply()
    assert.deepEqual([text.length, isComplete], [PIECE.length * PIECES, true])
  }
  client.destroy()
}

function go(client: Http1Client, isReset: boolean): void {
  if (isReset) client.raw.resetAndDestroy()
  else client.destroy()
}

/** 4 downloads whose client goes while nothing was sent yet. */
async function goBeforeHead(trial: Trial, isReset: boolean): Promise<void> {
  const client = await trial.http1()
  const arrived = once(trial.server, 'request')
  client.send('GET', '/download?held')
  await trial.waiter.within(arrived, 'a request')
  await sleep(10)
  go(client, isReset)
}

/** 4 downloads whose client has seen the head. */
async function goAfterHead(trial: Trial, isReset: boolean): Promise<void> {
  const client = await trial.http1()
  const sent = client.send('GET', '/download?head')
  await sent.head()
  await sent.piece()
  go(client, isReset)
}

/** 4 downloads, of which three wait for the first, whose client goes. */
async function goPipelined(trial: Trial): Promise<void> {
  const client = await trial.http1()
  client.write(formatRequest('GET', '/download?head').repeat(4))
  await client.expect('GET').head()
  await sleep(10)
  client.raw.resetAndDestroy()
}

/** 3 that throw, 3 that are cut. */
async function failures(trial: Trial): Promise<void> {
  for (let index = 0; index < 3; index++) {
    assert.equal((await trial.fetch('GET', '/fails/throws')).status, 500)
    const { status, isComplete } = await trial.fetch('GET', '/fails/cut')
    assert.deepEqual([status, isComplete], [200, false])
  }
}

function answerUpgrade({ url }: IncomingMessage, socket: Socket): void {
  socket.on('error', () => {})
  if (url !== '/socket') socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  else socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n')
}

/** 2 upgrades that are accepted, 2 that are refused. */
async function upgrades(trial: Trial): Promise<void> {
  const headers = { connection: 'upgrade', upgrade: 'echo' }
  for (const [target, status] of [
    ['/socket', 101],
    ['/socket', 101],
    ['/nowhere', 404],
    ['/elsewhere', 404],
  ] as const) {
    const client = await trial.http1()
    assert.equal((await client.send('GET', target, { headers }).head()).status, status)
    client.destroy()
  }
}

/** 4 that are not HTTP, 2 that are too long. */
async function nonsense(trial: Trial): Promise<void> {
  const host = 'Host: a\r\n'
  for (const [status, text] of [
    [400, `GET /plain HTTX/1.1\r\n${host}\r\n`],
    [400, `GET /plain HTTP/1.1\r\n${host}no header\r\n\r\n`],
    [400, `SHOUT /plain HTTP/1.1\r\n${host}\r\n`],
    [400, `GET /plain HTTP/1.1\r\n${host}`],
    [431, `GET /plain HTTP/1.1\r\n${host}x: ${'a'.repeat(20_000)}\r\n\r\n`],
    [431, `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${host}\r\n`],
  ] as const) {
    const client = await trial.http1()
    client.write(text)
    // Half of a request is one that will not come any more.
    if (!text.endsWith('\r\n\r\n')) client.stream.end()
    await client.closed()
    assert.match(client.rest, new RegExp(`^HTTP/1.1 ${status} `), JSON.stringify(text.slice(0, 60)))
  }
}
