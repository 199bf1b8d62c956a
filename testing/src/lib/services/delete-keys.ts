/** Deletes the keys of `REDIS_URL` that begin with the argument. Run by a guard. */
import { Redis } from 'ioredis'

const [, , prefix = ''] = process.argv
if (!prefix.startsWith('breakwater:test:')) throw new Error(`Refusing to delete keys called "${prefix}..."`)

const redis = new Redis(process.env.REDIS_URL ?? '', { connectTimeout: 5_000, maxRetriesPerRequest: 1 })
redis.on('error', () => {}) // the calls fail as well
for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1_000 }) as AsyncIterable<string[]>) {
  if (keys.length > 0) await redis.unlink(...keys)
}
redis.disconnect()
