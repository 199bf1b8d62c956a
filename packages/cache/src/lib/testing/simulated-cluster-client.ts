import { EventEmitter } from 'node:events'
import type { RedisArgument, RedisClient } from '../redis/redis-client.ts'
import type { Dice } from './dice.ts'
import { keySlot, SLOTS } from './key-slot.ts'
import { COMMANDS } from './redis-commands.ts'
import { RedisReplyError, toBytes } from './redis-values.ts'
import type { SimulatedClient, SimulatedClientOptions } from './simulated-client.ts'
import type { SimulatedNode } from './simulated-node.ts'

const LONGEST_REDIRECTION = 16
const RETRY_DELAY_MS = 100
/** Kept, so that fake timers installed later cannot hold it up. */
const nextTick = process.nextTick

/** What a cluster's client is made of. */
export interface ClusterSurroundings {
  /** The process that it is in. */
  readonly node: SimulatedNode
  /** Makes the client of each node. */
  readonly connect: readonly ((options: SimulatedClientOptions) => SimulatedClient)[]
  /** Chooses the server of commands without keys. */
  readonly dice: Dice
}

/** Options of a simulated cluster's client. */
export interface SimulatedClusterOptions {
  /** Of each node's client. */
  readonly redisOptions?: SimulatedClientOptions | undefined
  /** `null` to give up when no node can be reached. */
  readonly clusterRetryStrategy?: ((attempt: number) => unknown) | null | undefined
}

/**
 * A client of a cluster: each command goes to the server of its keys' slot, one without keys to any of them; what failed as a
 * connection was lost is tried again after a while, up to 16 times. Servers keep their slots.
 */
export class SimulatedClusterClient implements RedisClient {
  readonly isCluster = true
  readonly options: SimulatedClusterOptions
  readonly #surroundings: ClusterSurroundings
  readonly #events = new EventEmitter()
  readonly #nodes: readonly SimulatedClient[]
  #isEnded = false

  /**
   * @param surroundings Where it is.
   * @param options How it behaves.
   */
  constructor(surroundings: ClusterSurroundings, options: SimulatedClusterOptions = {}) {
    this.#surroundings = surroundings
    this.options = options
    this.#events.setMaxListeners(0)
    const gaveUp = new Set<number>()
    this.#nodes = surroundings.connect.map((make, index) => {
      const node = make({
        ...options.redisOptions,
        autoResendUnfulfilledCommands: false,
        maxRetriesPerRequest: 0,
        retryStrategy: options.clusterRetryStrategy === null ? null : () => RETRY_DELAY_MS,
        lazyConnect: false,
      })
      node.on('ready', () => this.#events.emit('ready'))
      node.on('error', () => {}) // a cluster's client tells of none but its own
      node.on('end', () => {
        gaveUp.add(index)
        if (gaveUp.size === surroundings.connect.length) this.#end()
      })
      return node
    })
  }

  /** `ready` once any server can be reached. */
  get status(): string {
    if (this.#isEnded) return 'end'
    return this.#nodes.some(({ status }) => status === 'ready') ? 'ready' : 'connecting'
  }

  /** The clients of the nodes. */
  nodes(): RedisClient[] {
    return [...this.#nodes]
  }

  /** Sends a command, and decodes its answer as UTF-8. */
  call(command: string, ...args: readonly (RedisArgument | readonly RedisArgument[])[]): Promise<unknown> {
    return this.#route('call', command, args.flat() as RedisArgument[])
  }

  /** Sends a command. Its answer's strings are bytes. */
  callBuffer(command: string, ...args: readonly (RedisArgument | readonly RedisArgument[])[]): Promise<unknown> {
    return this.#route('callBuffer', command, args.flat() as RedisArgument[])
  }

  /** Another client of the same node: `(startupNodes, options)`. */
  duplicate(_startupNodes?: object, override: object = {}): SimulatedClusterClient {
    return new SimulatedClusterClient(this.#surroundings, { ...this.options, ...override })
  }

  /** Begins to listen. */
  on(event: string, listener: (...args: unknown[]) => void): this {
    this.#events.on(event, listener)
    return this
  }

  /** Ends listening. */
  off(event: string, listener: (...args: unknown[]) => void): this {
    this.#events.off(event, listener)
    return this
  }

  /** Closes its connections, for good. */
  disconnect(reconnect = false): void {
    for (const node of this.#nodes) node.disconnect(reconnect)
    if (reconnect) return
    this.#end()
  }

  async #route(way: 'call' | 'callBuffer', command: string, args: RedisArgument[]): Promise<unknown> {
    const { node, dice, connect } = this.#surroundings
    const key = firstKey(command.toLowerCase(), args)
    const slot = key === undefined ? dice.between(0, SLOTS - 1) : keySlot(toBytes(key))
    const index = Math.floor((slot * connect.length) / SLOTS)
    for (let tries = 0; ; tries++) {
      if (this.#isEnded) throw new Error('Connection is closed.')
      try {
        return await (this.#nodes[index] as SimulatedClient)[way](command, args)
      } catch (error) {
        if (error instanceof RedisReplyError || tries >= LONGEST_REDIRECTION) throw error
        await node.clock.sleep(RETRY_DELAY_MS)
      }
    }
  }

  #end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    nextTick(() => this.#events.emit('end'))
  }
}

function firstKey(name: string, args: readonly RedisArgument[]): RedisArgument | undefined {
  if (name === 'eval' || name === 'evalsha') return Number(args[1]) > 0 ? args[2] : undefined
  if (name === 'xread') return args[args.findIndex((word) => String(word).toUpperCase() === 'STREAMS') + 1]
  const kind = COMMANDS.get(name)?.keys
  return kind === undefined || kind === 'none' ? undefined : args[0]
}
