/** What one client may take of this server, and all of them together. Tests take less. */
export interface LiveLimits {
  /** Connections at once, in this process. */
  readonly maxConnections: number
  /**
   * Boards that one connection may follow.
   *
   * @defaultValue 50
   */
  readonly maxBoards: number
  /**
   * Requests that one connection may have under way.
   *
   * @defaultValue 32
   */
  readonly maxRequests: number
  /**
   * Messages that may wait for one client.
   *
   * @defaultValue 1,000
   */
  readonly maxWaitingMessages: number
  /**
   * Bytes that may wait for one client, here and in its connection. One message may go beyond.
   *
   * @defaultValue 1 MiB
   */
  readonly maxWaitingBytes: number
  /**
   * Bytes of snapshots that may wait for all clients together. What several wait for counts once.
   *
   * @defaultValue 64 MiB
   */
  readonly maxSnapshotBytes: number
  /**
   * Bytes per second to one client, and from it.
   *
   * @defaultValue 125,000, which is 1 Mbit/s
   */
  readonly clientBytesPerSecond: number
  /**
   * Bytes that one client may have at once, after it took none for long: a snapshot has not to wait.
   *
   * @defaultValue 1 MiB
   */
  readonly clientBurstBytes: number
  /**
   * Bytes per second to all clients.
   *
   * @defaultValue 12,500,000, which is 100 Mbit/s
   */
  readonly bytesPerSecond: number
  /**
   * Milliseconds in which changes are put together.
   *
   * @defaultValue 16
   */
  readonly batchMs: number
  /**
   * Milliseconds between two pings. Who is silent after two of them is cut at the next.
   *
   * @defaultValue 25,000
   */
  readonly heartbeatMs: number
  /**
   * Milliseconds after which a client that asked for nothing is sent away.
   *
   * @defaultValue 24 hours
   */
  readonly idleMs: number
  /**
   * Milliseconds that a client has to take what waits for it when the server stops, and again to say goodbye.
   *
   * @defaultValue 2,000: both are over before the shutdown cuts
   */
  readonly goodbyeMs: number
  /**
   * Messages in a row that may be wrong.
   *
   * @defaultValue 20
   */
  readonly maxMistakes: number
}

const DAY_MS = 86_400_000

/**
 * The limits of a server.
 *
 * @param maxConnections Connections at once.
 * @param others What is to be different.
 */
export function createLimits(maxConnections: number, others: Partial<LiveLimits> = {}): LiveLimits {
  return {
    maxConnections,
    maxBoards: 50,
    maxRequests: 32,
    maxWaitingMessages: 1_000,
    maxWaitingBytes: 2 ** 20,
    maxSnapshotBytes: 64 * 2 ** 20,
    clientBytesPerSecond: 125_000,
    clientBurstBytes: 2 ** 20,
    bytesPerSecond: 12_500_000,
    batchMs: 16,
    heartbeatMs: 25_000,
    idleMs: DAY_MS,
    goodbyeMs: 2_000,
    maxMistakes: 20,
    ...others,
  }
}

/** The longest message that a client may send, in bytes. A task whose characters are all escaped has to be sent over HTTP. */
export const MAX_MESSAGE_BYTES = 65_536
