import type { Clock } from '@breakwater/core'
import { guardAsking } from './guard-asking.ts'
import type { RedisClient } from './redis-client.ts'

const CLOSE_LIMIT_MS = 900
/** Steps until a first answer: a name, two sentinels or nodes that are gone, the server itself. */
export const CONNECT_STEPS = 4

/** A connection of the tier's own, for one use only: after a failure it is closed, and another one is opened. */
export interface Line {
  /** To send commands with. */
  readonly client: RedisClient
  /**
   * Waits for an answer. Its failure, and those of all others, close nothing: that is up to who opened the line.
   *
   * @param answer What the client promised. It may settle later: that is ignored.
   * @param limitMs How long to wait.
   */
  answer<value>(answer: Promise<value>, limitMs: number): Promise<value>
  /** Ends it, and all waiting, at once. Resolves when its sockets are gone. Calling it twice is harmless. */
  close(): Promise<void>
}

/** Options of {@link openLine}. */
export interface LineOptions {
  /** Its name in the server's list of clients. */
  readonly name: string
  /** Milliseconds for each step of connecting, such as asking one sentinel. */
  readonly stepMs: number
  /** Whether to begin at the nodes that the client knows, rather than those it was made with. Only for a Cluster. */
  readonly isFromKnownNodes: boolean
  /** Options of the new client, over all others. */
  readonly overrides?: object | undefined
  /** Times the waiting. */
  readonly clock: Clock
}

/**
 * Opens a connection with the options of the user's client, but with limits of its own, and without its retries: an answer that
 * comes after a silent reconnect would hide that something may have been missed.
 *
 * @param client The user's client.
 * @param options What differs.
 */
export function openLine(client: RedisClient, options: LineOptions): Line {
  const { clock } = options
  const own = duplicate(client, options)
  guardAsking(own)
  const waiting = new Set<(error: Error) => void>()
  let cause: Error | undefined
  let closing: Promise<void> | undefined
  own.on('error', (error) => {
    cause ??= error as Error // a command that fails only says that the connection is closed
  })

  return {
    client: own,
    answer(answer, limitMs) {
      return new Promise((resolve, reject) => {
        const settle = (): void => {
          stop()
          waiting.delete(fail)
        }
        const fail = (error: Error): void => {
          settle()
          reject(error)
        }
        // What arrived while this process was busy or stopped is read before the time is said to be up.
        const stop = clock.after(limitMs, () =>
          setImmediate(() => waiting.has(fail) && fail(new Error(`no answer within ${Math.round(limitMs)} ms`))),
        )
        waiting.add(fail)
        answer.then(
          (value) => {
            settle()
            resolve(value)
          },
          (error) => fail((isClosed(own) && cause) || error),
        )
        if (closing !== undefined) fail(new Error('the connection is closed'))
      })
    },
    close() {
      closing ??= end(own, clock)
      for (const fail of [...waiting]) fail(new Error('the connection is closed'))
      return closing
    },
  }
}

function isClosed({ status }: RedisClient): boolean {
  return status === 'end' || status === 'close'
}

function end(client: RedisClient, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    if (client.status === 'end') return resolve()
    const stop = clock.after(CLOSE_LIMIT_MS, resolve)
    client.on('end', () => {
      stop()
      resolve()
    })
    client.disconnect()
  })
}

function duplicate(client: RedisClient, { name, stepMs, isFromKnownNodes, overrides }: LineOptions): RedisClient {
  const each = {
    connectionName: name.replace(/[^!-~]/g, '_'), // all that a server allows
    // The limit is the caller's: this one would count the time in which this process was busy.
    connectTimeout: CONNECT_STEPS * stepMs,
    disconnectTimeout: 100,
    commandTimeout: undefined,
    socketTimeout: undefined,
    blockingTimeout: undefined,
    maxRetriesPerRequest: null,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    reconnectOnError: null,
    monitor: false,
    protocol: 2, // ioredis drops the invalidations of protocol 3
    replyMapping: 'legacy',
  }
  const all = {
    lazyConnect: true,
    enableOfflineQueue: true,
    enableAutoPipelining: false,
    showFriendlyErrorStack: false,
  }
  if (!client.isCluster) {
    return client.duplicate({
      ...all,
      ...each,
      readOnly: false,
      retryStrategy: null,
      sentinelRetryStrategy: null,
      sentinelCommandTimeout: stepMs,
      failoverDetector: false,
      ...overrides,
    })
  }
  const known = isFromKnownNodes ? (client.nodes?.() ?? []) : []
  return client.duplicate(
    known.map(({ options: { host, port } }) => ({ host, port })),
    {
      ...all,
      clusterRetryStrategy: null,
      clusterNodeRetryStrategy: null,
      scaleReads: 'master',
      slotsRefreshTimeout: stepMs,
      shardedSubscribers: false,
      redisOptions: { ...client.options.redisOptions, ...each },
      ...overrides,
    },
  )
}
