import { Cluster, Redis } from 'ioredis'
import type { RedisClient } from '../../src/redis.ts'
import type { Connect } from './messages.ts'

// Where a slot moves, ioredis 6.0.0 sends ASKING and looks at no answer: if that connection closes, it would end the process.
const asking = Redis.prototype.asking as () => Promise<unknown>
Redis.prototype.asking = function (this: Redis) {
  const answer = Reflect.apply(asking, this, [])
  answer.catch(() => {}) // the command that follows fails, too
  return answer
} as typeof Redis.prototype.asking

/** Opens a client as an application would: with the defaults of ioredis. */
export function openClient(connect: Connect): Redis | Cluster {
  const client = open(connect)
  client.on('error', () => {}) // its servers are killed on purpose
  return client
}

function open(connect: Connect): Redis | Cluster {
  switch (connect.kind) {
    case 'standalone': {
      const { port, logPort } = connect
      const client = new Redis({ host: '127.0.0.1', port })
      const duplicate = client.duplicate.bind(client)
      // The tier follows its log with a duplicate.
      if (logPort !== undefined) client.duplicate = (options) => duplicate({ ...options, port: logPort })
      return client
    }
    case 'sentinel':
      return new Redis({ sentinels: connect.sentinels, name: connect.name })
    case 'cluster':
      return new Cluster(connect.ports.map((port) => ({ host: '127.0.0.1', port })))
  }
}

/** The same, as the tier takes it. */
export function openTierClient(connect: Connect): { readonly client: RedisClient; close(): void } {
  const client = openClient(connect)
  return { client: client as RedisClient, close: () => client.disconnect() }
}
