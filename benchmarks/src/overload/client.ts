import { Client } from 'undici'
import type { Answer } from '../load/open-loop.ts'

/** Sends requests to one server over connections that are kept. */
export interface OverloadClient {
  /**
   * Sends one, and reads its answer to the end. Waits for a connection where all are in use.
   *
   * @param dueMs When it was due, by `performance.now()`. If its connection comes later than the time limit after this,
   *   it is not sent at all, as its user has given up.
   * @returns `refused` of a 503 or 429. Rejects if there was any other answer or none.
   */
  send(dueMs: number): Promise<Answer>
  /** Cuts whatever is left. */
  close(): Promise<void>
}

/** How a client sends. */
export interface OverloadClientOptions {
  /** Where the server listens, on 127.0.0.1. */
  readonly port: number
  /** The most connections. One is made when all others wait for an answer. */
  readonly connections: number
  /** Milliseconds after which nobody waits for an answer any more. */
  readonly deadlineMs: number
}

interface Waiting {
  readonly dueMs: number
  resolve(answer: Answer): void
  reject(error: Error): void
}

/** Long enough never to be the reason. */
const LONG_MS = 600_000
const REQUEST = { method: 'GET' as const, path: '/tasks/7' }
const REFUSALS = [503, 429]

/**
 * Creates a client. What is sent stays on its connection until it is answered, also past the deadline: a server does not
 * hear that somebody has given up. So there have to be more connections than a server answers within the deadline, or
 * waiting for one would protect it.
 *
 * undici's own pool searches all of its connections for a free one, and cuts the connection of what it need not send.
 *
 * @param options Where to, and how.
 */
export function createOverloadClient({ port, connections, deadlineMs }: OverloadClientOptions): OverloadClient {
  const all: Client[] = []
  /** The last one that came back is the next to go, so that a low load uses few. */
  const free: Client[] = []
  const waiting: Waiting[] = []
  let first = 0

  function connect(): Client {
    const client = new Client(`http://127.0.0.1:${port}`, {
      pipelining: 1,
      keepAliveTimeout: LONG_MS,
      keepAliveMaxTimeout: LONG_MS,
      headersTimeout: LONG_MS,
      bodyTimeout: LONG_MS,
    })
    all.push(client)
    return client
  }

  function dispatch(client: Client, { resolve, reject }: Waiting): void {
    let status = 0
    client.dispatch(REQUEST, {
      onRequestStart() {},
      onResponseStart(_controller, statusCode) {
        status = statusCode
      },
      onResponseData() {},
      onResponseEnd() {
        if (status === 200) resolve('ok')
        else if (REFUSALS.includes(status)) resolve('refused')
        else reject(new Error(`Got status ${status}`))
        release(client)
      },
      onResponseError(_controller, error) {
        reject(error)
        // It is not done with its failure: what it is given now, it would take for a part of that.
        queueMicrotask(() => {
          if (!client.destroyed) release(client)
        })
      },
    })
  }

  /** The client itself waits until the request before is over. */
  function release(client: Client): void {
    const next = take()
    if (next === undefined) free.push(client)
    else dispatch(client, next)
  }

  function take(): Waiting | undefined {
    const nowMs = performance.now()
    while (first < waiting.length) {
      const next = waiting[first++] as Waiting
      if (nowMs - next.dueMs < deadlineMs) return next
      next.reject(new Error('Nobody waits for it any more'))
    }
    waiting.length = 0
    first = 0
    return undefined
  }

  return {
    send: (dueMs) =>
      new Promise((resolve, reject) => {
        const client = free.pop() ?? (all.length < connections ? connect() : undefined)
        const request: Waiting = { dueMs, resolve, reject }
        if (client === undefined) waiting.push(request)
        else dispatch(client, request)
      }),
    async close() {
      for (const { reject } of waiting.splice(0)) reject(new Error('Closed'))
      await Promise.all(all.map((client) => client.destroy()))
    },
  }
}
