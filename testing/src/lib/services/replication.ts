import { withRedis } from './redis-node.ts'

/** What a Redis server is to others. */
export type Role = 'master' | 'replica'

/** What a Redis server says about replication. */
export interface Replication {
  /** What it holds itself for. */
  readonly role: Role
  /** The port of its master. A master has none. */
  readonly masterPort: number | undefined
  /** Whether it gets the writes of its master. */
  readonly isLinked: boolean
  /** Ports of the replicas to which it sends its writes. */
  readonly online: readonly number[]
}

/**
 * Asks a Redis server about replication.
 *
 * @param url Where it is.
 */
export async function askReplication(url: string): Promise<Replication> {
  return toReplication(await withRedis(url, (redis) => redis.info('replication')))
}

/**
 * Reads what a Redis server answers to `INFO replication`.
 *
 * @param info The answer.
 */
export function toReplication(info: string): Replication {
  const masterPort = /^master_port:(\d+)/m.exec(info)?.[1]
  return {
    role: /^role:master\r?$/m.test(info) ? 'master' : 'replica',
    masterPort: masterPort === undefined ? undefined : Number(masterPort),
    isLinked: /^master_link_status:up\r?$/m.test(info),
    online: [...info.matchAll(/^slave\d+:.*port=(\d+),state=online,/gm)].map(([, port]) => Number(port)),
  }
}
