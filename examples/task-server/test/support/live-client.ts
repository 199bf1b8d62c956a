import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { type RawData, WebSocket } from 'ws'
import type { BoardChange } from '../../src/live/board-feed.ts'
import type { Task } from '../../src/tasks/schema.ts'

/** How a client sees a board. */
export interface BoardView {
  /** `undefined` until a snapshot was read to its end. */
  version: number | undefined
  readonly tasks: Map<string, Task>
  /** Whether the server says that it cannot read for now. */
  isDelayed: boolean
  /** Snapshots that were read to their end. */
  snapshots: number
}

/** An answer to a request. */
export interface LiveAnswer {
  readonly status: number
  readonly body: unknown
  readonly retryAfter?: number
}

/** Thrown when the server answers the upgrade with something else. */
export class LiveRefusal extends Error {
  override readonly name: 'LiveRefusal' = 'LiveRefusal'
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** What it says. */
  readonly body: Promise<string>

  /** @param response The answer. */
  constructor(response: IncomingMessage) {
    super(`Refused with ${response.statusCode}`)
    this.status = response.statusCode ?? 0
    this.headers = response.headers
    this.body = text(response)
    this.body.catch(() => {})
  }
}

/** How a connection ended. */
export interface LiveEnd {
  readonly code: number
  readonly reason: string
}

/** Options of {@link LiveClient}. */
export interface LiveClientOptions {
  /** Headers of the upgrade, such as a cookie. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Whether to take what is compressed. @defaultValue `true` */
  readonly perMessageDeflate?: boolean | undefined
  /** Hears each change, when it is applied. */
  readonly onChange?: ((board: string, change: BoardChange) => void) | undefined
}

type Message = Readonly<Record<string, unknown>> & { readonly type: string }

/**
 * A client that keeps what it is told of boards, and finds what a server must not do: a gap, a step back, a change told twice, or one
 * that does not fit what is there. It can connect anew, and goes on where it was.
 */
export class LiveClient {
  readonly boards = new Map<string, BoardView>()
  /** What the server did wrong. */
  readonly faults: string[] = []
  /** Messages of type `error`, newest last. */
  readonly errors: Message[] = []
  /** Messages that came. */
  messages = 0
  /** What came first. */
  welcome: Message | undefined
  /** How the present connection ended. */
  ended: Promise<LiveEnd> = Promise.reject(new Error('It is not connected'))
  readonly #url: string
  readonly #options: LiveClientOptions
  readonly #answers = new Map<number, PromiseWithResolvers<LiveAnswer>>()
  readonly #waiting = new Set<() => void>()
  #socket: WebSocket | undefined
  #lastId = 0

  /**
   * @param url Where the server is, such as `http://127.0.0.1:3000`.
   * @param options What else there is to say.
   */
  constructor(url: string, options: LiveClientOptions = {}) {
    this.#url = `${url.replace(/^http/, 'ws')}/api/v1/live`
    this.#options = options
    this.ended.catch(() => {})
  }

  /** The connection. */
  get socket(): WebSocket {
    if (this.#socket === undefined) throw new Error('It is not connected')
    return this.#socket
  }

  /** Connects, and follows all boards that it knows, from where it is. Rejects with the status of a refusal. */
  async connect(): Promise<this> {
    const { headers = {}, perMessageDeflate = true } = this.#options
    const socket = new WebSocket(this.#url, { headers, perMessageDeflate })
    this.#socket = socket
    this.ended = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }))
    })
    void this.ended.then((end) => this.#onEnd(end))
    // Before it is open, as the first message may come with the answer to the upgrade.
    socket.on('message', (data) => this.#onMessage(data))
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve).on('error', reject)
      socket.once('unexpected-response', (request, response) => {
        request.on('error', () => {})
        reject(new LiveRefusal(response))
      })
    })
    for (const board of this.boards.keys()) this.#subscribe(board)
    return this
  }

  /**
   * Follows a board.
   *
   * @param board Its name.
   * @returns How it is seen.
   */
  subscribe(board: string): BoardView {
    const view: BoardView = { version: undefined, tasks: new Map(), isDelayed: false, snapshots: 0 }
    this.boards.set(board, view)
    this.#subscribe(board)
    return view
  }

  /**
   * Follows a board no more.
   *
   * @param board Its name.
   */
  async unsubscribe(board: string): Promise<void> {
    this.send({ type: 'unsubscribe', board })
    await this.until(() => !this.boards.has(board))
  }

  /**
   * Asks for something.
   *
   * @param method Such as `create`.
   * @param parts What belongs to it.
   * @returns The answer. Rejects if there is no connection, or it ends before.
   */
  request(method: string, parts: Readonly<Record<string, unknown>> = {}): Promise<LiveAnswer> {
    if (this.#socket?.readyState !== WebSocket.OPEN) return Promise.reject(new Error('It is not connected'))
    const id = ++this.#lastId
    const answer = Promise.withResolvers<LiveAnswer>()
    this.#answers.set(id, answer)
    this.send({ type: 'request', id, method, ...parts })
    return answer.promise
  }

  /**
   * Sends anything.
   *
   * @param message The message.
   */
  send(message: unknown): void {
    this.socket.send(JSON.stringify(message))
  }

  /**
   * Waits until something holds. It is looked at after each message.
   *
   * @param holds What.
   */
  async until(holds: () => boolean): Promise<void> {
    if (holds()) return
    const done = Promise.withResolvers<void>()
    const look = (): void => {
      if (holds()) done.resolve()
    }
    this.#waiting.add(look)
    void this.ended.then(
      ({ code }) => done.reject(new Error(`The connection ended with ${code}`)),
      () => {},
    )
    await done.promise.finally(() => this.#waiting.delete(look))
  }

  /** Says goodbye. */
  async close(): Promise<void> {
    if (this.#socket === undefined || this.#socket.readyState === WebSocket.CLOSED) return
    this.#socket.close()
    await this.ended
  }

  /** Cuts the connection, as a network does. */
  async cut(): Promise<void> {
    this.socket.terminate()
    await this.ended
  }

  #subscribe(board: string): void {
    const since = this.boards.get(board)?.version
    this.send({ type: 'subscribe', board, ...(since !== undefined && { since }) })
  }

  #onEnd({ code }: LiveEnd): void {
    for (const { reject } of this.#answers.values()) reject(new Error(`The connection ended with ${code}`))
    this.#answers.clear()
  }

  #onMessage(data: RawData): void {
    this.messages++
    this.#take(JSON.parse(String(data)) as Message)
    for (const look of this.#waiting) look()
  }

  #take(message: Message): void {
    switch (message.type) {
      case 'welcome':
        this.welcome = message
        return
      case 'response': {
        const { id } = message as unknown as { readonly id: number }
        this.#answers.get(id)?.resolve(message as unknown as LiveAnswer)
        this.#answers.delete(id)
        return
      }
      case 'error':
        this.errors.push(message)
        return
    }
    const { board } = message as unknown as { readonly board: string }
    const view = this.boards.get(board)
    if (view === undefined) return void this.faults.push(`${message.type} of ${board}, which is not followed`)
    switch (message.type) {
      case 'unsubscribed':
        this.boards.delete(board)
        return
      case 'delayed':
        view.isDelayed = true
        return
      case 'snapshot':
        return this.#takeSnapshot(board, view, message as unknown as Snapshot)
      case 'changes':
        view.isDelayed = false
        for (const change of (message as unknown as { changes: BoardChange[] }).changes)
          this.#takeChange(board, view, change)
        return
      default:
        this.faults.push(`${message.type}, which is not known`)
    }
  }

  #takeSnapshot(board: string, view: BoardView, { version, isFirst, isLast, tasks }: Snapshot): void {
    view.isDelayed = false
    if (isFirst) {
      if (version < (view.version ?? 0)) this.faults.push(`${board}: snapshot ${version} after ${view.version}`)
      view.version = undefined
      view.tasks.clear()
    } else if (view.version !== undefined) this.faults.push(`${board}: snapshot ${version} without its first part`)
    for (const task of tasks) {
      if (view.tasks.has(task.id)) this.faults.push(`${board}: snapshot ${version} has ${task.id} twice`)
      if (task.board !== board) this.faults.push(`${board}: snapshot ${version} has a task of ${task.board}`)
      view.tasks.set(task.id, task)
    }
    if (!isLast) return
    view.version = version
    view.snapshots++
  }

  #takeChange(board: string, view: BoardView, change: BoardChange): void {
    const { version, kind, taskId, task } = change
    const known = view.tasks.get(taskId)
    if (view.version === undefined) this.faults.push(`${board}: change ${version} before a snapshot`)
    else if (version <= view.version) this.faults.push(`${board}: change ${version} twice, at ${view.version}`)
    else if (version > view.version + 1) this.faults.push(`${board}: a gap from ${view.version} to ${version}`)
    if ((kind === 'created') !== (known === undefined))
      this.faults.push(
        `${board}: change ${version}: ${taskId} is ${kind}, and was ${known === undefined ? 'not ' : ''}there`,
      )
    if (known !== undefined && task !== undefined && task.version <= known.version)
      this.faults.push(`${board}: change ${version}: ${taskId} goes from ${known.version} to ${task.version}`)
    view.version = version
    if (task === undefined) view.tasks.delete(taskId)
    else view.tasks.set(taskId, task)
    this.#options.onChange?.(board, change)
  }
}

interface Snapshot {
  readonly version: number
  readonly isFirst: boolean
  readonly isLast: boolean
  readonly tasks: readonly Task[]
}
