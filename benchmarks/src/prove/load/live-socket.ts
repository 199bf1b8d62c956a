import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { machineNow } from '../clock.ts'
import { type Call, digestOf, type LiveChange, type LiveEvent, type LiveHistory } from '../history.ts'
import { settle } from './http-users.ts'
import { LIST_LIMIT } from './requests.ts'

/** A WebSocket that follows one board, comes back when it is closed, and writes down all that it is told. */
export interface LiveSocket {
  /** Whether it is connected and knows its board. */
  readonly isLive: boolean
  /** Connects. Resolves when it knows its board. */
  connect(): Promise<void>
  /**
   * Sends a call over the socket, and writes down what came of it.
   *
   * @param call Whose times, status, outcome and answer are filled in.
   * @returns When that is done. Never rejects.
   */
  send(call: Call): Promise<void>
  /** Begins a history anew. */
  begin(): void
  /** What it saw since. */
  history(): LiveHistory
  /** Goes, and does not come back. */
  close(): Promise<void>
}

/** Options of {@link createLiveSocket}. */
export interface LiveSocketOptions {
  /** Where to, `http:`. */
  readonly url: string
  readonly client: number
  readonly board: string
  /** The session. */
  readonly cookie?: string | undefined
  /** Milliseconds from when a call was due, after which nobody waits for it any more. */
  readonly timeoutMs: number
}

/** What a server says, as far as it is read here. */
type Message =
  | { readonly type: 'welcome' | 'subscribed' | 'unsubscribed' }
  | {
      readonly type: 'snapshot'
      readonly version: number
      readonly isFirst: boolean
      readonly tasks: readonly TaskBody[]
      readonly isLast: boolean
    }
  | { readonly type: 'changes'; readonly changes: readonly ChangeBody[] }
  | { readonly type: 'delayed' }
  | { readonly type: 'error' }
  | { readonly type: 'response'; readonly id: number; readonly status: number; readonly body?: unknown }

interface TaskBody {
  readonly id: string
  readonly version: number
}

interface ChangeBody {
  readonly version: number
  readonly kind: LiveChange['kind']
  readonly taskId: string
  readonly task?: TaskBody | null
}

const PATH = '/api/v1/live'
const CONNECT_LIMIT_MS = 20_000
/** As a browser does that was cut off with all others: not all at once. */
const COME_BACK_MS = 100
const COME_BACK_JITTER_MS = 400

/**
 * Creates a socket that is not connected yet.
 *
 * @param options Where to, and which board.
 */
export function createLiveSocket({ url, client, board, cookie, timeoutMs }: LiveSocketOptions): LiveSocket {
  const target = new URL(PATH, url)
  target.protocol = 'ws:'
  const { origin } = new URL(url)
  const tasks = new Map<string, number>()
  const waiting = new Map<number, { readonly call: Call; done(): void }>()
  let socket: WebSocket | undefined
  let version: number | undefined
  let parts: Map<string, number> | undefined
  let isLive = false
  let isOver = false
  let requests = 0
  /** A new one may lead to another instance. */
  let connections = 0
  let events: LiveEvent[] = []
  let beganAt = 0
  let bytesBefore = 0
  let becomesLive = Promise.withResolvers<void>()
  becomesLive.promise.catch(() => {})

  function open(): void {
    const headers = { origin, ...(cookie !== undefined && { cookie }) }
    const opened = new WebSocket(target, { headers, handshakeTimeout: CONNECT_LIMIT_MS, perMessageDeflate: true })
    socket = opened
    connections++
    opened.on('open', () => {
      events.push({ kind: 'open', atMs: machineNow() })
      opened.send(JSON.stringify({ type: 'subscribe', board, ...(version !== undefined && { since: version }) }))
      // Who missed nothing is told nothing: it knows its board as well as before.
      if (version !== undefined) setLive()
    })
    opened.on('message', (data) => hear(JSON.parse(String(data)) as Message))
    opened.on('error', () => {}) // it is closed then, too
    opened.on('close', (code) => void closed(opened, code))
  }

  function setLive(): void {
    isLive = true
    becomesLive.resolve()
  }

  async function closed(old: WebSocket, code: number): Promise<void> {
    if (old !== socket) return
    events.push({ kind: 'close', atMs: machineNow(), code })
    bytesBefore += bytesOf(old)
    socket = undefined
    isLive = false
    parts = undefined
    for (const { call, done } of waiting.values()) {
      call.outcome = 'failed'
      call.endMs = machineNow()
      done()
    }
    waiting.clear()
    if (isOver) return
    await sleep(COME_BACK_MS + Math.random() * COME_BACK_JITTER_MS)
    if (!isOver) open()
  }

  function hear(message: Message): void {
    switch (message.type) {
      case 'snapshot': {
        if (message.isFirst || parts === undefined) parts = new Map()
        for (const task of message.tasks) parts.set(task.id, task.version)
        if (!message.isLast) return
        events.push({ kind: 'snapshot', atMs: machineNow(), version: message.version, tasks: parts.size })
        tasks.clear()
        for (const [id, known] of parts) tasks.set(id, known)
        parts = undefined
        version = message.version
        return setLive()
      }
      case 'changes': {
        const changes = message.changes.map(
          ({ version, kind, taskId, task }): LiveChange => ({ version, kind, taskId, taskVersion: task?.version }),
        )
        events.push({ kind: 'changes', atMs: machineNow(), changes })
        for (const change of changes) {
          if (change.taskVersion === undefined) tasks.delete(change.taskId)
          else tasks.set(change.taskId, change.taskVersion)
          version = change.version
        }
        return setLive()
      }
      case 'delayed':
        events.push({ kind: 'delayed', atMs: machineNow() })
        return
      case 'error':
        events.push({ kind: 'error', atMs: machineNow(), text: JSON.stringify(message) })
        return
      case 'response': {
        const found = waiting.get(message.id)
        if (found === undefined) return
        waiting.delete(message.id)
        found.call.endMs = machineNow()
        found.call.status = message.status
        found.call.server = `socket ${client}.${connections}`
        settle(found.call, JSON.stringify(message.body ?? null))
        return found.done()
      }
    }
  }

  return {
    get isLive() {
      return isLive
    },
    async connect() {
      open()
      const timer = setTimeout(
        () =>
          becomesLive.reject(new Error(`Socket ${client} does not know board "${board}" in ${CONNECT_LIMIT_MS} ms`)),
        CONNECT_LIMIT_MS,
      )
      await becomesLive.promise.finally(() => clearTimeout(timer))
      becomesLive = Promise.withResolvers()
    },
    send: (call) =>
      new Promise((done) => {
        if (socket === undefined || !isLive) {
          call.outcome = 'unsent'
          return done()
        }
        const id = ++requests
        waiting.set(id, { call, done })
        setTimeout(() => {
          if (!waiting.delete(id)) return
          call.outcome = 'late'
          done()
        }, timeoutMs).unref()
        call.sentMs = machineNow()
        const { method, id: taskId, title, board: asked } = call
        const details = {
          get: { taskId },
          list: { limit: LIST_LIMIT, board: asked },
          create: { task: { title, board: asked } },
          update: { taskId, changes: { title } },
          delete: { taskId },
        }[method]
        socket.send(JSON.stringify({ type: 'request', id, method, ...details }))
      }),
    begin() {
      events = []
      beganAt = version ?? 0
      bytesBefore = -bytesOf(socket)
    },
    history: () => ({
      client,
      board,
      version: beganAt,
      events,
      digest: digestOf(tasks),
      endVersion: version ?? 0,
      isOpen: isLive,
      bytes: bytesBefore + bytesOf(socket),
    }),
    async close() {
      isOver = true
      socket?.terminate()
    },
  }
}

/** As they came over the wire, compressed. */
function bytesOf(socket: WebSocket | undefined): number {
  const { _socket: tcp } = (socket ?? {}) as unknown as { readonly _socket?: { readonly bytesRead: number } }
  return tcp?.bytesRead ?? 0
}
