/** What a command is made of. Bytes have to be a `Buffer`, as ioredis takes no others. */
export type RedisArgument = string | number | Uint8Array

/**
 * The part of an ioredis client that the Redis tier uses. Declared here, so that neither `ioredis` nor its types are needed to
 * use this package; a `Redis` (also through Sentinel) and a `Cluster` fit.
 */
export interface RedisClient {
  /** `ready` while commands can be sent, `wait` before the first one of a lazy client. */
  readonly status: string
  /** Whether it talks to a Redis Cluster. */
  readonly isCluster: boolean
  /** What it was made with. */
  readonly options: RedisClientOptions
  /** Sends a command, and decodes its answer as UTF-8. */
  call(command: string, args: RedisArgument[]): Promise<unknown>
  /** Sends a command. Its answer's strings are bytes. */
  callBuffer(command: string, args: RedisArgument[]): Promise<unknown>
  /** Another client of the same kind: `(options)`, on a Cluster `(startupNodes, options)`. */
  duplicate(first?: object, second?: object): RedisClient
  /** On a Cluster: the clients of the nodes it knows. */
  nodes?(): RedisClient[]
  /** Hears its `error` and `messageBuffer`, on a Cluster its `+node`. */
  on(event: string, listener: (...args: unknown[]) => void): unknown
  /** Closes its connections at once: for good, or to open others. */
  disconnect(reconnect?: boolean): void
}

/** The options of an ioredis client that the Redis tier has to know. */
export interface RedisClientOptions {
  /** Stands before every key. */
  readonly keyPrefix?: string | undefined
  /** Whether commands of one moment are sent together. */
  readonly enableAutoPipelining?: boolean | undefined
  /** On a Cluster: which nodes are read from. */
  readonly scaleReads?: unknown
  /** On a Cluster: the options of each node's client. */
  readonly redisOptions?: object | undefined
  /** On a Cluster's node: where it is. */
  readonly host?: string | undefined
  /** On a Cluster's node: where it is. */
  readonly port?: number | undefined
}
