import type { Redis } from 'ioredis'

const CONNECT_MS = 2_000
/** The cache waits 100 ms for an answer. A connection on which none comes at all is given up, as it may lead nowhere. */
const SILENCE_MS = 2_000
/** Short, as others cannot hear of changes meanwhile, and one connection is asked for at a time. */
const RETRY_MS = 200

/** A Redis server, which may be away. */
export interface SharedRedis {
  /** Connects by itself, also again. What is asked while it cannot be reached fails at once. */
  readonly client: Redis
  /** Where it is, for people. Holds no password. */
  readonly description: string
  /**
   * Lets go of its connection, if there is one, as it may lead nowhere, or to a server that is not the one any more. The next one
   * is made by itself.
   */
  renew(): void
  /** Lets go of it. */
  close(): Promise<void>
}

/**
 * Begins to connect to a Redis server. That it cannot be reached is no error here, now or later: who asks it has to do without.
 *
 * @param url Where it is. Its password is never shown.
 */
export async function openRedis(url: string): Promise<SharedRedis> {
  // Only where it is used: it takes a while to load.
  const { Redis } = await import('ioredis')
  const { host } = new URL(url)
  const client = new Redis(url, {
    connectionName: 'task-server',
    connectTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    // Nothing waits for a server that is away, and nothing that was given up is sent again.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: () => RETRY_MS * (1 + Math.random()),
  })
  // It is no error to be without it, and `logRedis` tells.
  client.on('error', () => {})
  return {
    client,
    description: `Redis at ${host}`,
    renew() {
      // In any other state a connection is being made already.
      if (client.status === 'ready') client.disconnect(true)
    },
    close: async () => client.disconnect(),
  }
}
