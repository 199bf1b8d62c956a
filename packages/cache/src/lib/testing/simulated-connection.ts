import type { Link, Pipe } from './link.ts'
import type { RedisReply, RedisReplyError } from './redis-values.ts'
import type { SimulatedNode } from './simulated-node.ts'
import type { RedisSession, SimulatedRedis } from './simulated-redis.ts'

/**
 * What becomes of the commands that are under way when a connection is lost: nothing; all are executed; all are executed a
 * while after the client knows that it lost the connection; only the earlier half arrives.
 */
export type InFlight = 'lost' | 'executed' | 'late' | 'half'

/** What a client hears from its connection. */
export interface ConnectionListener {
  /** It can be written to. */
  onOpen(): void
  /** What a command was answered: one of them for each, in order. */
  onReply(reply: RedisReply | RedisReplyError): void
  /** Something it subscribed to. */
  onPush(message: RedisReply): void
  /** It is gone. */
  onClose(error: Error | undefined): void
}

type Request = { readonly kind: 'open' | 'close' } | { readonly kind: 'command'; readonly args: readonly string[] }
type Response =
  | { readonly kind: 'open' | 'close' | 'reset' | 'refused' }
  | { readonly kind: 'reply'; readonly reply: RedisReply | RedisReplyError }
  | { readonly kind: 'push'; readonly message: RedisReply }

/** A connection of a node to a server, as TCP makes it: each way in order, and no way to tell a silent end from a slow one. */
export class SimulatedConnection {
  readonly server: SimulatedRedis
  readonly node: SimulatedNode
  readonly #listener: ConnectionListener
  readonly #requests: Pipe<Request>
  readonly #responses: Pipe<Response>
  readonly #onEnd: () => void
  #session: RedisSession | undefined
  /** Whether what is under way never arrives. */
  #isLost = false
  #state: 'open' | 'ending' | 'closed' = 'open'

  /**
   * Connects.
   *
   * @param node Who.
   * @param server With whom.
   * @param link The network between.
   * @param listener What the client hears, as code of the node.
   * @param onEnd Called when the client is done with it.
   */
  constructor(
    node: SimulatedNode,
    server: SimulatedRedis,
    link: Link,
    listener: ConnectionListener,
    onEnd: (connection: SimulatedConnection) => void,
  ) {
    this.node = node
    this.server = server
    this.#listener = listener
    this.#onEnd = () => onEnd(this)
    this.#requests = link.open<Request>('requests', (request) => this.#arriveAtServer(request, link))
    this.#responses = link.open<Response>('replies', (response) => node.run(() => this.#arriveAtClient(response)))
    this.#requests.send({ kind: 'open' })
  }

  /** Whether commands can be written. */
  get isWritable(): boolean {
    return this.#state === 'open'
  }

  /** Sends a command. */
  write(args: readonly string[]): void {
    this.#requests.send({ kind: 'command', args })
  }

  /** Closes it in order: what was sent is executed, and answered if the answer is on its way before the server closes. */
  end(): void {
    if (this.#state !== 'open') return
    this.#state = 'ending'
    this.#requests.send({ kind: 'close' })
  }

  /** Closes this side at once. What was sent still arrives. */
  destroy(): void {
    if (this.#state === 'closed') return
    if (this.#state === 'open') this.#requests.send({ kind: 'close' })
    this.#finish(undefined)
  }

  /** The node was killed: its system closes the connection. */
  abandon(): void {
    if (this.#state === 'closed') return
    if (this.#state === 'open') this.#requests.send({ kind: 'close' })
    this.#state = 'closed'
    this.#tidy()
  }

  /**
   * Loses the connection.
   *
   * @param inFlight What becomes of commands under way.
   */
  drop(inFlight: InFlight): void {
    if (this.#state === 'closed') return
    if (inFlight === 'late') this.#requests.send({ kind: 'close' })
    else {
      this.#isLost = true
      const requests = this.#requests.take()
      const arriving = { lost: 0, half: Math.ceil(requests.length / 2), executed: requests.length }[inFlight]
      for (const request of requests.slice(0, arriving)) if (request.kind === 'command') this.#command(request.args)
      if (this.#session !== undefined) this.server.leave(this.#session)
      this.#session = undefined
    }
    this.#state = 'ending'
    this.#responses.take()
    this.node.run(() => this.#finish(connectionError('read ECONNRESET', 'ECONNRESET', 'read')))
  }

  #arriveAtServer(request: Request, link: Link): void {
    if (this.#isLost) return
    if (this.server.isSilent) {
      // Nobody is there to acknowledge it: TCP sends it again and again.
      this.server.whenThere(() => this.#arriveAtServer(request, link))
    } else if (request.kind === 'command') {
      if (this.#session === undefined || !this.#command(request.args)) this.#reset()
    } else if (request.kind === 'close') {
      if (this.#session !== undefined) this.server.leave(this.#session)
      this.#session = undefined
      this.#respond({ kind: 'close' })
    } else if (this.#state !== 'open')
      return // its end may have overtaken it, as what is sent again comes late
    else if (link.refusals > 0) this.#respond({ kind: 'refused' })
    else {
      this.#session = this.server.accept({
        onReply: (reply) => this.#respond({ kind: 'reply', reply }),
        onPush: (message) => this.#respond({ kind: 'push', message }),
        onClose: () => this.#respond({ kind: 'close' }),
      })
      if (this.#session !== undefined) this.#respond({ kind: 'open' })
      else this.#respond({ kind: 'refused' })
    }
  }

  #command(args: readonly string[]): boolean {
    return this.#session !== undefined && this.server.receive(this.#session, args)
  }

  /** A server that does not know the connection says so. */
  #reset(): void {
    this.#session = undefined
    this.#respond({ kind: 'reset' })
  }

  #respond(response: Response): void {
    if (this.#state !== 'closed') this.#responses.send(response)
  }

  #arriveAtClient(response: Response): void {
    if (this.#state === 'closed') return
    switch (response.kind) {
      case 'open':
        return this.#listener.onOpen()
      case 'reply':
        return this.#listener.onReply(response.reply)
      case 'push':
        return this.#listener.onPush(response.message)
      case 'close':
        return this.#finish(undefined)
      case 'reset':
        return this.#finish(connectionError('read ECONNRESET', 'ECONNRESET', 'read'))
      case 'refused':
        return this.#finish(connectionError('connect ECONNREFUSED', 'ECONNREFUSED', 'connect'))
    }
  }

  #finish(error: Error | undefined): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#tidy()
    this.#listener.onClose(error)
  }

  #tidy(): void {
    this.#responses.take()
    this.#responses.end()
    this.#requests.end()
    this.#onEnd()
  }
}

function connectionError(message: string, code: string, syscall: string): Error {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  const error = Object.assign(new Error(message), { code, syscall })
  Error.stackTraceLimit = stackTraceLimit
  return error
}
