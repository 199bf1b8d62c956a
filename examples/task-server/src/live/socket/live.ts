import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { type Clock, type HttpReply, type Measured, type Measurement, systemClock } from '@breakwater/core'
import type { Logger } from '@breakwater/logger'
import type { WebSocketServerLike } from '@breakwater/shutdown'
import type { LogRefusal } from '../../observe/log-refusals.ts'
import type { TraceLive } from '../../observe/trace-live.ts'
import type { TaskStore } from '../../tasks/store.ts'
import type { BoardFeeds } from '../board-feed.ts'
import { Batches } from './batches.ts'
import { CLOSINGS } from './close-codes.ts'
import { Connection, type ConnectionParts } from './connection.ts'
import { Counts } from './counts.ts'
import { ConnectionLimitError, StoppingError } from './errors.ts'
import { type LiveLimits, MAX_MESSAGE_BYTES } from './limits.ts'
import { enter, type Gate, LiveExchange, leave } from './live-exchange.ts'
import type { LiveSocket } from './live-socket.ts'
import { createReader } from './protocol.ts'
import { createAnswerer, type Visitor } from './requests.ts'
import { Snapshots } from './snapshots.ts'
import { TokenBucket } from './token-bucket.ts'

/** What the live channel needs. */
export interface LiveParts {
  readonly limits: LiveLimits
  readonly feeds: BoardFeeds
  readonly tasks: TaskStore
  readonly logger: Pick<Logger, 'request' | 'info' | 'error'>
  /** Refuses what is too much: the hook of `monitor`. @defaultValue nothing is too much */
  readonly gate?: Gate | undefined
  /** Logs requests that look like an attack. @defaultValue nothing does */
  readonly logRefusal?: LogRefusal | undefined
  /** Puts each request in a span of its own. @defaultValue nothing does */
  readonly trace?: TraceLive | undefined
  /** @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

/** A WebSocket that was opened. */
export interface Arrival {
  readonly socket: LiveSocket
  /** The connection under it. */
  readonly transport: Socket
  /** Whether it takes what is compressed. */
  readonly canInflate: boolean
  /** Who opened it. */
  readonly visitor: Visitor
  /** What the visitor is called. */
  readonly name: string | undefined
}

/** The clients that are connected. Its `clients` are for `shutdown`, which tells them to go. */
export interface Live extends Measured, WebSocketServerLike {
  /** How many there are. */
  readonly connections: number
  readonly maxConnections: number
  /**
   * Asks whether one more may come. Take it in on the same turn.
   *
   * @returns What to answer instead, if there is too much to do.
   * @throws {ConnectionLimitError | StoppingError} If it may not.
   */
  admit(): HttpReply | undefined
  /**
   * Takes one in.
   *
   * @param arrival Who it is.
   */
  accept(arrival: Arrival): void
  /** Lets nobody in any more, sends all away in order, and waits until they are gone. */
  close(): Promise<void>
}

/**
 * Creates the live channel, with nobody on it.
 *
 * @param parts What it needs.
 */
export function createLive(parts: LiveParts): Live {
  const { limits, feeds, tasks, logger, gate, clock = systemClock } = parts
  const { logRefusal = () => {}, trace = (_method, run) => run() } = parts
  const counts = new Counts()
  const connections = new Set<Connection>()
  const snapshots = new Snapshots()
  const answer = createAnswerer({
    tasks,
    gate,
    logger,
    logRefusal,
    trace,
    clock,
    count: (method, status, durationMs) => counts.request(method, status, durationMs),
  })
  const shared: ConnectionParts = {
    read: createReader(),
    limits,
    clock,
    counts,
    feeds,
    snapshots,
    answer,
    batches: new Batches(limits.batchMs, clock),
    bandwidth: new TokenBucket(limits.bytesPerSecond, limits.bytesPerSecond, clock),
    fail: (error) => logger.error({ err: error }, 'live failed'),
  }
  const emptied = Promise.withResolvers<void>()
  let isClosed = false

  function leaveNow(connection: Connection): void {
    connections.delete(connection)
    if (isClosed && connections.size === 0) emptied.resolve()
  }

  return {
    kind: 'live',
    name: 'sockets',
    maxConnections: limits.maxConnections,
    clients: connections,
    get connections() {
      return connections.size
    },
    admit() {
      if (isClosed) {
        counts.refuse('stopping')
        throw new StoppingError()
      }
      if (connections.size >= limits.maxConnections) {
        counts.refuse('limit')
        throw new ConnectionLimitError()
      }
      const exchange = new LiveExchange('connect', clock.now())
      const refusal = enter(gate, exchange)
      if (refusal === undefined) leave(gate, exchange, 101)
      else counts.refuse('overloaded')
      return refusal
    },
    accept({ socket, transport, canInflate, visitor, name }) {
      const id = randomBytes(9).toString('base64url')
      const openedAtMs = clock.now()
      const { maxBoards, maxRequests, heartbeatMs } = limits
      const welcome = {
        connection: id,
        name: name ?? null,
        maxBoards,
        maxRequests,
        maxMessageBytes: MAX_MESSAGE_BYTES,
        heartbeatMs,
      }
      const connection = new Connection({ socket, transport, canInflate, visitor, welcome }, shared)
      connections.add(connection)
      logger.info({ event: 'live:opened', connectionId: id }, 'live connection opened')
      socket.once('close', (code) => {
        leaveNow(connection)
        const lastedMs = Math.round(clock.now() - openedAtMs)
        logger.info({ event: 'live:closed', connectionId: id, code, lastedMs }, `live connection closed with ${code}`)
      })
    },
    measure(): readonly Measurement[] {
      let subscriptions = 0
      for (const connection of connections) subscriptions += connection.subscriptions
      return [
        gauge('live_subscriptions', 'Boards that clients follow, each as often as it is', subscriptions),
        gauge('live_snapshot_bytes', 'Bytes of snapshots that wait to be sent', snapshots.waitingBytes),
        ...counts.measure(),
      ]
    },
    async close() {
      isClosed = true
      if (connections.size === 0) return
      const { code, reason } = CLOSINGS.stopping
      for (const connection of connections) connection.close(code, reason)
      await emptied.promise
    },
  }
}

function gauge(name: string, help: string, value: number): Measurement {
  return { name, help, kind: 'gauge', value }
}
