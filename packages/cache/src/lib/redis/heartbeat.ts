import type { Clock } from '@breakwater/core'
import type { RedisClient } from './redis-client.ts'

/** The user's client has this long to answer while another connection to the same server is answered. */
const DEAD_AFTER_MS = 1_000

/** Options of {@link createHeartbeat}. */
export interface HeartbeatOptions {
  /** The user's client, which sends the commands. */
  readonly client: RedisClient
  /** A key of each shard, so that the right server is asked. */
  keyOf(shard: number): string
  /** Times it. */
  readonly clock: Clock
}

/**
 * Notices a connection that is dead without knowing it, as behind a gateway that forgot it: the server answers the follower of its
 * log, and never the client. ioredis would wait until the system gives the socket up, which takes a quarter of an hour on Linux: also
 * for the answers to its handshake, while its `connectTimeout` is about the socket only.
 *
 * @param options Whose pulse to feel.
 * @returns To be called whenever the log of a shard was read to its end.
 */
export function createHeartbeat({ client, keyOf, clock }: HeartbeatOptions): (shard: number) => void {
  const sentAtMs = new Map<number, number>()
  /** Since when it has been shaking hands. */
  let connectedAtMs: number | undefined
  return (shard) => {
    if (client.status !== 'ready') sentAtMs.clear()
    if (client.status === 'connect') {
      connectedAtMs ??= clock.now()
      if (clock.now() - connectedAtMs <= DEAD_AFTER_MS) return
      client.disconnect(true)
    }
    connectedAtMs = undefined
    if (client.status !== 'ready') return
    const sinceMs = sentAtMs.get(shard)
    if (sinceMs === undefined) {
      const nowMs = clock.now()
      const onAnswer = (): void => {
        if (sentAtMs.get(shard) === nowMs) sentAtMs.delete(shard)
      }
      sentAtMs.set(shard, nowMs)
      client.call('exists', [keyOf(shard)]).then(onAnswer, onAnswer)
    } else if (clock.now() - sinceMs > DEAD_AFTER_MS) {
      sentAtMs.clear()
      client.disconnect(true)
    }
  }
}
