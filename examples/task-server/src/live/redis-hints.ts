import { randomBytes } from 'node:crypto'
import { type Clock, systemClock } from '@breakwater/core'
import type { Redis } from 'ioredis'
import type { SharedRedis } from '../cache/redis.ts'
import type { Hints } from './hints.ts'

/** Stands for boards that nobody can name, and for too many. */
const ANY = '*'
const MAX_BOARDS = 1_000
/** A connection that leads nowhere any more is noticed when something is asked on it. */
const LOOK_EVERY_MS = 5_000

/**
 * Creates hints that travel through Redis: one instance publishes, all others hear it, each on a connection of its own, which is
 * made while somebody hears.
 *
 * @param redis Where it is. It is not closed.
 * @param databaseId Keeps apart what is of different databases.
 * @param clock Times what is tried again.
 */
export function createRedisHints(redis: SharedRedis, databaseId: string, clock: Clock = systemClock): Hints {
  const channel = `task-server:${databaseId}:changes`
  const ownId = randomBytes(8).toString('hex')
  const waiting = new Set<string>()
  let isSending = false

  /** One message at a time, with all that was to be told meanwhile. */
  async function send(): Promise<void> {
    isSending = true
    while (waiting.size > 0) {
      const boards = waiting.size > MAX_BOARDS ? [ANY] : [...waiting]
      waiting.clear()
      // Without Redis nobody is told, and all find out by themselves.
      await redis.client.publish(channel, [ownId, ...boards].join(' ')).catch(() => undefined)
    }
    isSending = false
  }

  return {
    tell(board = ANY) {
      if (waiting.size <= MAX_BOARDS) waiting.add(board)
      if (!isSending) void send()
    },
    hear(onHint, onState) {
      const client = redis.client.duplicate({ connectionName: 'task-server-live', autoResubscribe: false })
      client.on('message', (_, text: string) => {
        const [id, ...boards] = text.split(' ')
        if (id !== ownId) for (const board of boards) onHint(board === ANY ? undefined : board, undefined)
      })
      return subscribe(client, channel, clock, () => onHint(undefined, undefined), onState)
    },
  }
}

/** Subscribes on each new connection. */
function subscribe(
  client: Redis,
  channel: string,
  clock: Clock,
  onBegun: () => void,
  onState: (error: unknown) => void,
): () => void {
  let isHearing = false
  let isLost = false
  let stopTimer = lookLater()

  async function begin(): Promise<void> {
    try {
      await client.subscribe(channel)
    } catch (error) {
      return lose(error)
    }
    isHearing = true
    if (isLost) onState(undefined)
    isLost = false
    onBegun()
  }

  function lose(error: unknown): void {
    isHearing = false
    if (!isLost) onState(error)
    isLost = true
  }

  function lookLater(): () => void {
    return clock.after(LOOK_EVERY_MS, () => {
      stopTimer = lookLater()
      if (client.status !== 'ready') return
      // What does not answer is disconnected by the client.
      if (isHearing) client.ping().catch(() => undefined)
      else void begin()
    })
  }

  client.on('ready', () => void begin())
  client.on('error', lose)
  client.on('close', () => lose(new Error('Redis closed the connection')))
  return () => {
    stopTimer()
    client.removeAllListeners('close').disconnect()
  }
}
