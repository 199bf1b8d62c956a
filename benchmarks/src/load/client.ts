import { Pool } from 'undici'
import type { Answer } from './open-loop.ts'
import type { Load } from './subject.ts'

/** Sends the requests of a load to one server. */
export interface LoadClient {
  /** Sends one, and reads its answer to the end. */
  send(): Promise<Answer>
  /** Sends one, and returns the answer. */
  ask(): Promise<{ status: number; body: string }>
  /** Cuts whatever is left. */
  close(): Promise<void>
}

const KEEP_ALIVE_MS = 600_000

/**
 * Creates a client on undici, at its lowest level: the less the driver does, the less it is late.
 *
 * @param port Where the server listens, on 127.0.0.1.
 * @param load What to send.
 */
export function createLoadClient(port: number, { connections, path, expected, timeoutMs }: Load): LoadClient {
  const pool = new Pool(`http://127.0.0.1:${port}`, {
    connections,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connectTimeout: timeoutMs,
  })
  const request = { method: 'GET' as const, path }
  const expectedBytes = Buffer.byteLength(expected.body)

  return {
    send: () =>
      new Promise((resolve, reject) => {
        let status = 0
        let bytes = 0
        pool.dispatch(request, {
          onRequestStart() {},
          onResponseStart(_controller, statusCode) {
            status = statusCode
          },
          onResponseData(_controller, chunk) {
            bytes += chunk.length
          },
          onResponseEnd() {
            // That the text is right was seen before; here its length tells enough.
            resolve(status === expected.status && bytes === expectedBytes ? 'ok' : 'refused')
          },
          onResponseError(_controller, error) {
            reject(error)
          },
        })
      }),
    async ask() {
      const { statusCode, body } = await pool.request(request)
      return { status: statusCode, body: await body.text() }
    },
    close: () => pool.destroy(),
  }
}
