import { EventEmitter } from 'node:events'
import type { RedisArgument, RedisClient, RedisClientOptions } from '../redis/redis-client.ts'
import type { Dice } from './dice.ts'
import { type RedisReply, RedisReplyError, toBytes, toText } from './redis-values.ts'
import type { ConnectionListener, SimulatedConnection } from './simulated-connection.ts'
import type { SimulatedNode } from './simulated-node.ts'

/** Options of a simulated client: those of ioredis that change what happens when a connection is lost, with its defaults. */
export interface SimulatedClientOptions extends Pick<RedisClientOptions, 'keyPrefix'> {
  /** @defaultValue `true` */
  readonly autoResendUnfulfilledCommands?: boolean | undefined
  /** @defaultValue none */
  readonly commandTimeout?: number | undefined
  /** @defaultValue `10_000` */
  readonly connectTimeout?: number | undefined
  /** @defaultValue `2_000` */
  readonly disconnectTimeout?: number | undefined
  /** @defaultValue `true` */
  readonly enableOfflineQueue?: boolean | undefined
  /** @defaultValue `false` */
  readonly lazyConnect?: boolean | undefined
  /** `null` for no limit. @defaultValue `20` */
  readonly maxRetriesPerRequest?: number | null | undefined
  /** @defaultValue `3` */
  readonly protocol?: 2 | 3 | undefined
  /** `null` to give up after the first connection. @defaultValue ioredis' own: from 50 ms to 5 s, doubled, and up to 200 ms more */
  readonly retryStrategy?: ((attempt: number) => unknown) | null | undefined
}

/** What a client is made of. */
export interface ClientSurroundings {
  /** The process that it is in. */
  readonly node: SimulatedNode
  /** Connects to its server. */
  readonly dial: (listener: ConnectionListener) => SimulatedConnection
  /** Its random numbers. */
  readonly dice: Dice
  /** Hears errors that nobody listens for: ioredis writes them to the console. */
  readonly onUnheardError: (error: unknown) => void
}

interface Command {
  readonly args: readonly string[]
  readonly settle: (reply: RedisReply | RedisReplyError) => void
  readonly fail: (error: Error) => void
  isTimed: boolean
}

const CLOSED = 'Connection is closed.'
/** Kept, so that fake timers installed later cannot hold it up. */
const nextTick = process.nextTick

/**
 * A client that behaves as ioredis 6 does: it queues while it is not connected, connects again, and sends again what was not
 * answered. So a command can be executed late, or twice.
 */
export class SimulatedClient implements RedisClient {
  readonly isCluster = false
  readonly options: SimulatedClientOptions
  /** `wait`, `connecting`, `connect`, `ready`, `close`, `reconnecting` or `end`. */
  status = 'wait'
  readonly #surroundings: ClientSurroundings
  readonly #events = new EventEmitter()
  /** Written, and not answered. */
  #sent: Command[] = []
  /** The same of an earlier connection. */
  #unanswered: Command[] | undefined
  /** Not written. */
  #offline: Command[] = []
  #connection: SimulatedConnection | undefined
  #attempts = 0
  #isClosing = false
  #isShakingHands = false
  #stopRetry: (() => void) | undefined
  #stopTimer: (() => void) | undefined

  /**
   * @param surroundings Where it is.
   * @param options How it behaves.
   */
  constructor(surroundings: ClientSurroundings, options: SimulatedClientOptions = {}) {
    this.#surroundings = surroundings
    this.options = options
    this.#events.setMaxListeners(0)
    surroundings.node.onKill(() => this.#connection?.abandon())
    if (!options.lazyConnect) this.#connect()
  }

  /** Sends a command, and decodes its answer as UTF-8. */
  call(command: string, ...args: readonly (RedisArgument | readonly RedisArgument[])[]): Promise<unknown> {
    return this.#request(toWords(command, args), decodeText)
  }

  /** Sends a command. Its answer's strings are bytes. */
  callBuffer(command: string, ...args: readonly (RedisArgument | readonly RedisArgument[])[]): Promise<unknown> {
    return this.#request(toWords(command, args), decodeBytes)
  }

  /** Another client of the same node. */
  duplicate(override: object = {}): SimulatedClient {
    return new SimulatedClient(this.#surroundings, { ...this.options, ...override })
  }

  /** Begins to listen. */
  on(event: string, listener: (...args: unknown[]) => void): this {
    this.#events.on(event, listener)
    return this
  }

  /** Listens once. */
  once(event: string, listener: (...args: unknown[]) => void): this {
    this.#events.once(event, listener)
    return this
  }

  /** Ends listening. */
  off(event: string, listener: (...args: unknown[]) => void): this {
    this.#events.off(event, listener)
    return this
  }

  /** Closes its connection, for good. While it waits to connect again ioredis says nothing more, and neither does this. */
  disconnect(reconnect = false): void {
    if (reconnect) {
      if (this.status === 'ready' || this.status === 'connect' || this.status === 'connecting') this.#hangUp()
      return
    }
    this.#isClosing = true
    this.#stopRetry?.()
    this.#stopRetry = undefined
    if (this.status === 'wait') this.#onClose(undefined)
    else this.#hangUp()
  }

  #request(args: readonly RedisArgument[], decode: (reply: RedisReply) => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#send({
        args: args.map(toBytes),
        settle(reply) {
          if (reply instanceof RedisReplyError) reject(reply)
          // Of a subscription only the number is told.
          else resolve(/^(un)?subscribe$/i.test(String(args[0])) ? (reply as readonly RedisReply[])[2] : decode(reply))
        },
        fail: reject,
        isTimed: false,
      })
    })
  }

  #send(command: Command): void {
    const { node } = this.#surroundings
    if (node.state === 'dead') return
    if (this.status === 'wait') this.#connect()
    if (this.status === 'end') return command.fail(new Error(CLOSED))
    const { commandTimeout, enableOfflineQueue = true } = this.options
    if (commandTimeout !== undefined && !command.isTimed) {
      command.isTimed = true
      node.clock.after(commandTimeout, () => command.fail(new Error('Command timed out')))
    }
    if (this.status === 'ready' && this.#connection?.isWritable) {
      this.#connection.write(command.args)
      this.#sent.push(command)
    } else if (enableOfflineQueue) this.#offline.push(command)
    else command.fail(new Error("Stream isn't writeable and enableOfflineQueue options is false"))
  }

  #connect(): void {
    const { node, dial } = this.#surroundings
    if (node.state === 'dead') return
    this.#setStatus('connecting')
    const connection: SimulatedConnection = dial({
      onOpen: () => this.#connection === connection && this.#onOpen(connection),
      onReply: (reply) => this.#connection === connection && this.#onReply(reply),
      onPush: (message) => this.#connection === connection && this.#onPush(message),
      onClose: (error) => this.#connection === connection && this.#onClose(error),
    })
    this.#connection = connection
    const { connectTimeout = 10_000 } = this.options
    this.#stopTimer = node.clock.after(connectTimeout, () => {
      this.#emit('error', Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT', syscall: 'connect' }))
      connection.destroy()
    })
  }

  #onOpen(connection: SimulatedConnection): void {
    this.#stopTimer?.()
    this.#sent = []
    this.#setStatus('connect')
    this.#isShakingHands = true
    const { protocol = 3 } = this.options
    const steps = [...(protocol === 3 ? [['hello', '3']] : []), ['info']]
    for (const [index, args] of steps.entries()) {
      if (!connection.isWritable) return
      connection.write(args)
      const isLast = index === steps.length - 1
      const settle = (): void => {
        if (isLast && this.status === 'connect' && this.#connection === connection) this.#onReady()
      }
      this.#sent.push({ args, settle, fail: () => {}, isTimed: false })
    }
  }

  #onReady(): void {
    this.#isShakingHands = false
    this.#setStatus('ready')
    this.#attempts = 0
    const again = this.#unanswered
    this.#unanswered = undefined
    if (again !== undefined && this.options.autoResendUnfulfilledCommands !== false) {
      for (const command of again) this.#send(command)
    }
    for (const command of this.#offline.splice(0)) this.#send(command)
  }

  #onReply(reply: RedisReply | RedisReplyError): void {
    this.#sent.shift()?.settle(reply)
  }

  #onPush(message: RedisReply): void {
    const [, channel, payload] = message as readonly [string, string, RedisReply]
    this.#emit('message', toText(channel), payload === null ? '' : String(decodeBytes(payload)))
    this.#emit('messageBuffer', decodeBytes(channel), decodeBytes(payload))
  }

  #onClose(error: Error | undefined): void {
    this.#stopTimer?.()
    if (error !== undefined && !(this.#isClosing && 'syscall' in error)) this.#emit('error', error)
    const wasReady = this.status === 'ready'
    this.#setStatus('close')
    if (wasReady && this.#sent.length > 0) this.#unanswered = this.#sent
    if (this.#isShakingHands) this.#sent = []
    this.#isShakingHands = false
    const { maxRetriesPerRequest = 20 } = this.options
    const delayMs = this.#isClosing ? undefined : this.#drawRetryDelay()
    if (typeof delayMs !== 'number') {
      this.#isClosing = false
      this.#setStatus('end')
      return this.#flush(new Error(CLOSED))
    }
    this.#setStatus('reconnecting', delayMs)
    this.#stopRetry = this.#surroundings.node.clock.after(delayMs, () => this.#connect())
    if (maxRetriesPerRequest !== null && this.#attempts % (maxRetriesPerRequest + 1) === 0) {
      this.#flush(
        Object.assign(
          new Error(
            `Reached the max retries per request limit (which is ${maxRetriesPerRequest}). Refer to "maxRetriesPerRequest" option for details.`,
          ),
          {
            name: 'MaxRetriesPerRequestError',
          },
        ),
      )
    }
  }

  #drawRetryDelay(): unknown {
    const { retryStrategy } = this.options
    if (retryStrategy === null) return undefined
    const attempt = ++this.#attempts
    if (retryStrategy !== undefined) return retryStrategy(attempt)
    return Math.min(2 ** (attempt - 1) * 50, 5_000) + this.#surroundings.dice.between(0, 199)
  }

  /** What was taken aside to be sent again is not among it, as in ioredis once a next connection was made. */
  #flush(error: Error): void {
    for (const command of [...this.#offline.splice(0), ...this.#sent.splice(0)]) command.fail(error)
  }

  #hangUp(): void {
    const connection = this.#connection
    if (connection === undefined || !connection.isWritable) return
    connection.end()
    this.#surroundings.node.clock.after(this.options.disconnectTimeout ?? 2_000, () => connection.destroy())
  }

  #setStatus(status: string, argument?: unknown): void {
    this.status = status
    nextTick(() => this.#emit(status, argument))
  }

  #emit(event: string, ...args: unknown[]): void {
    if (this.#events.listenerCount(event) > 0) this.#events.emit(event, ...args)
    else if (event === 'error') this.#surroundings.onUnheardError(args[0])
  }
}

function toWords(
  command: string,
  args: readonly (RedisArgument | readonly RedisArgument[])[],
): readonly RedisArgument[] {
  const words = args.length === 1 && Array.isArray(args[0]) ? (args[0] as readonly RedisArgument[]) : args.flat()
  return [command, ...(words as readonly RedisArgument[])]
}

function decodeText(reply: RedisReply): unknown {
  if (typeof reply === 'string') return toText(reply)
  return Array.isArray(reply) ? reply.map(decodeText) : reply
}

function decodeBytes(reply: RedisReply): unknown {
  if (typeof reply === 'string') return Buffer.from(reply, 'latin1')
  return Array.isArray(reply) ? reply.map(decodeBytes) : reply
}
