import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'undici'
import { machineNow } from '../clock.ts'
import type { Call, ListedTask } from '../history.ts'

/** What a request says beside its path. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT'
  readonly path: string
  readonly body?: string | undefined
}

/** Users, each with a connection that is kept, and a session. */
export interface HttpUsers {
  /** How many have a session. */
  readonly sessions: number
  /**
   * Gives every user a session and a connection.
   *
   * @returns Rejects if one of them gets none.
   */
  greet(): Promise<void>
  /**
   * Sends the request of a call when its user is free, and writes down what came of it.
   *
   * @param call Whose times, status, outcome and answer are filled in.
   * @param request What to send.
   * @returns When that is done. Never rejects.
   */
  send(call: Call, request: HttpRequest): Promise<void>
  /**
   * The session of a user.
   *
   * @param number Which one.
   */
  cookieOf(number: number): string | undefined
  /** Cuts what is left. */
  close(): Promise<void>
}

/** Options of {@link createHttpUsers}. */
export interface HttpUsersOptions {
  /** Where to send. */
  readonly url: string
  readonly count: number
  /** Milliseconds from when a call was due, after which nobody waits for it any more. */
  readonly timeoutMs: number
}

interface Waiting {
  readonly call: Call
  readonly request: HttpRequest
  done(): void
}

interface User {
  readonly client: Client
  readonly queue: Waiting[]
  cookie: string | undefined
  isBusy: boolean
}

const LONG_MS = 600_000
const GREETED_AT_ONCE = 32
const GREET_LIMIT_MS = 10_000
const GREET_TRIES = 20
const GREET_PAUSE_MS = 500
const REFUSALS: readonly number[] = [429, 503]
/** Reads and changes may find that somebody has deleted the task. */
const ANSWERS: Readonly<Record<Call['method'], readonly number[]>> = {
  get: [200, 404],
  list: [200],
  create: [201],
  update: [200, 404],
  delete: [204, 404],
}
const SERVED_BY = 'x-served-by'

/**
 * Creates users who ask over HTTP. Each has one request under way at a time; what is due meanwhile waits for that, and its time counts
 * from when it was due.
 *
 * @param options How many, and where to.
 */
export function createHttpUsers({ url, count, timeoutMs }: HttpUsersOptions): HttpUsers {
  const { origin } = new URL(url)
  const users: User[] = Array.from({ length: count }, () => ({
    client: new Client(origin, {
      pipelining: 1,
      keepAliveTimeout: LONG_MS,
      keepAliveMaxTimeout: LONG_MS,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connectTimeout: timeoutMs,
    }),
    queue: [],
    cookie: undefined,
    isBusy: false,
  }))
  let sessions = 0

  /** A server that has much to do may ask for patience. */
  async function greet(number: number): Promise<void> {
    for (let tries = 1; ; tries++) {
      const status = await tryToGreet(number)
      if (status < 300) return
      if (!REFUSALS.includes(status) || tries === GREET_TRIES)
        throw new Error(`Cannot give user ${number} a session as the answer is ${status}`)
      await sleep(GREET_PAUSE_MS)
    }
  }

  async function tryToGreet(number: number): Promise<number> {
    const user = users[number] as User
    const { statusCode, headers, body } = await user.client.request({
      method: 'PUT',
      path: '/api/v1/session',
      headers: { 'content-type': 'application/json', origin },
      body: JSON.stringify({ name: `User ${number}` }),
      signal: AbortSignal.timeout(GREET_LIMIT_MS),
    })
    await body.dump()
    user.cookie = toCookie(headers['set-cookie'])
    if (user.cookie !== undefined) sessions++
    return statusCode
  }

  function dispatch(user: User, { call, request, done }: Waiting): void {
    const headers: Record<string, string> = { origin }
    if (user.cookie !== undefined) headers.cookie = user.cookie
    if (request.body !== undefined) headers['content-type'] = 'application/json'
    const chunks: Buffer[] = []
    user.isBusy = true
    call.sentMs = machineNow()
    const finish = (): void => {
      call.endMs = machineNow()
      user.isBusy = false
      done()
      next(user)
    }
    user.client.dispatch(
      {
        method: request.method,
        path: request.path,
        headers,
        ...(request.body !== undefined && { body: request.body }),
      },
      {
        onRequestStart() {},
        onResponseStart(_controller, status, head) {
          call.status = status
          const server = head[SERVED_BY]
          call.server = typeof server === 'string' ? server : origin
        },
        onResponseData(_controller, chunk) {
          chunks.push(chunk)
        },
        onResponseEnd() {
          settle(call, Buffer.concat(chunks).toString('utf8'))
          finish()
        },
        onResponseError() {
          call.status = 0
          call.outcome = machineNow() - call.dueMs < timeoutMs ? 'failed' : 'late'
          // The client is not done with its failure: what it is given now, it would take for a part of that.
          queueMicrotask(finish)
        },
      },
    )
  }

  function next(user: User): void {
    for (let waiting = user.queue.shift(); waiting !== undefined; waiting = user.queue.shift()) {
      if (machineNow() - waiting.call.dueMs < timeoutMs) return dispatch(user, waiting)
      waiting.call.outcome = 'unsent'
      waiting.done()
    }
  }

  return {
    get sessions() {
      return sessions
    },
    async greet() {
      let number = 0
      const greetSome = async (): Promise<void> => {
        while (number < count) await greet(number++)
      }
      await Promise.all(Array.from({ length: GREETED_AT_ONCE }, greetSome))
    },
    send: (call, request) =>
      new Promise((done) => {
        const user = users[call.client % count] as User
        if (user.isBusy) user.queue.push({ call, request, done })
        else dispatch(user, { call, request, done })
      }),
    cookieOf: (number) => users[number]?.cookie,
    async close() {
      await Promise.all(users.map(({ client }) => client.destroy()))
    },
  }
}

/** Only what is to be sent back. */
function toCookie(header: string | string[] | undefined): string | undefined {
  const cookies = [header ?? []].flat().map((cookie) => cookie.split(';', 1)[0])
  return cookies.length > 0 ? cookies.join('; ') : undefined
}

/**
 * Says what became of a call, by its answer.
 *
 * @param call The call, with its status.
 * @param body The body of the answer.
 */
export function settle(call: Call, body: string): void {
  if (REFUSALS.includes(call.status)) {
    call.outcome = 'refused'
    return
  }
  call.outcome = ANSWERS[call.method].includes(call.status) ? 'ok' : 'failed'
  if (call.status >= 300 || call.method === 'delete') return
  try {
    read(call, body)
  } catch {
    call.outcome = 'failed' // half of an answer
  }
}

function read(call: Call, body: string): void {
  if (call.method === 'list') {
    const page = JSON.parse(body) as { items: readonly { id: string; version: number }[]; nextCursor: string | null }
    call.items = page.items.map(({ id, version }): ListedTask => [id, version])
    call.isWhole = page.nextCursor === null
    return
  }
  const task = JSON.parse(body) as { id: string; title: string; version: number }
  call.id = task.id
  call.version = task.version
  if (call.method === 'get') call.title = task.title
  else if (call.title !== task.title) call.outcome = 'failed'
}
