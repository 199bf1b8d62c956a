import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'

const EVENT_EVERY_MS = 20
const PIECES = 20

/** A request of either protocol, as far as it is the same. */
export type SubjectRequest = IncomingMessage | Http2ServerRequest
/** A response of either protocol. */
export type SubjectResponse = ServerResponse | Http2ServerResponse

/**
 * The application that every subject serves.
 *
 * @param draining Aborts when streams should end.
 */
export function createRoutes(draining: AbortSignal): (request: SubjectRequest, response: SubjectResponse) => void {
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://subject')
    const number = (name: string): number => Number(searchParams.get(name) ?? 0)
    const id = searchParams.get('id') ?? ''
    if (pathname === '/fast') return answer(response, id)
    if (pathname === '/work') return void setTimeout(answer, number('ms'), response, id)
    if (pathname === '/download') return void download(response, number('ms'), number('bytes'))
    if (pathname === '/upload') return upload(request, response)
    if (pathname === '/events') return events(response, draining)
    if (pathname === '/block') {
      blockFor(number('ms'))
      return answer(response, id)
    }
    if (pathname === '/crash') {
      setImmediate(() => {
        throw new Error('/crash was asked for')
      })
      return
    }
    if (pathname === '/reject') return void Promise.reject(new Error('/reject was asked for'))
    ;(response as ServerResponse).writeHead(404).end()
  }
}

/** Blocks the event loop. */
export function blockFor(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

function answer(response: SubjectResponse, body: string): void {
  // Two signatures that no union can call; both take this.
  const plain = response as ServerResponse
  if (plain.destroyed) return
  plain.writeHead(200, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) }).end(body)
}

async function download(response: SubjectResponse, ms: number, bytes: number): Promise<void> {
  const plain = response as ServerResponse
  plain.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes })
  if (ms === 0) return void plain.end(Buffer.alloc(bytes, 'x'))
  const piece = Math.ceil(bytes / PIECES)
  for (let left = bytes; left > 0 && !plain.destroyed; left -= piece) {
    plain.write(Buffer.alloc(Math.min(piece, left), 'x'))
    await sleep(ms / PIECES)
  }
  plain.end()
}

function upload(request: SubjectRequest, response: SubjectResponse): void {
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  request.on('end', () => answer(response, String(bytes)))
  request.on('error', () => {}) // it is over, and nobody is there to be told
}

function events(response: SubjectResponse, draining: AbortSignal): void {
  const plain = response as ServerResponse
  plain.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  plain.write('data: hello\n\n')
  const timer = setInterval(() => plain.write(`data: ${performance.now()}\n\n`), EVENT_EVERY_MS)
  const end = (): void => void plain.end('event: end\ndata: bye\n\n')
  plain.once('close', () => {
    clearInterval(timer)
    draining.removeEventListener('abort', end)
  })
  plain.once('finish', () => clearInterval(timer))
  if (draining.aborted) end()
  else
    draining.addEventListener(
      'abort',
      () => {
        clearInterval(timer)
        end()
      },
      { once: true },
    )
}
