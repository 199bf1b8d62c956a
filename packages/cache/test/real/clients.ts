import { Cluster, Redis } from 'ioredis'
import type { RedisClient } from '../../src/redis.ts'
import type { Connect } from './messages.ts'

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
