import { randomBytes } from 'node:crypto'
import { createGuard } from './guard.ts'
import { type FoundProgram, provideProgram } from './program.ts'
import { DATA_SETTINGS, REDIS_PROGRAM, type RedisNode, startRedisNode, withRedis } from './redis-node.ts'
import { lastScript } from './script.ts'
import type { OwnOptions, Service, ShareableOptions, Skipped } from './service.ts'

/** A single Redis server. */
export interface RedisService extends Service {
  /**
   * Every key of the test begins with this; ioredis has `keyPrefix` for it. On a lent server it is what keeps the test
   * apart from other data, and all that is removed at the end: a test that must go beyond it (`FLUSHALL`, `CONFIG SET`)
   * asks for a server of its own.
   */
  readonly prefix: string
}

/** A single Redis server of the test's own. */
export interface RedisServer extends RedisService, RedisNode {}

/**
 * Starts a Redis server, or borrows the one of `REDIS_URL`.
 *
 * @param options Whether a lent one will do.
 * @returns The service, or why there is none.
 */
export function startRedis(options?: ShareableOptions): Promise<RedisService | Skipped>
export function startRedis(options: OwnOptions): Promise<RedisServer | Skipped>
export async function startRedis(options: ShareableOptions | OwnOptions = {}): Promise<RedisService | Skipped> {
  const { own = false, env = process.env } = options
  const lent = env.REDIS_URL
  const prefix = `breakwater:test:${randomBytes(6).toString('hex')}:`
  if (lent && !own) return borrow(lent, prefix)
  const found = await provideProgram({ ...REDIS_PROGRAM, variable: own ? undefined : 'REDIS_URL' }, env)
  return 'skip' in found ? found : start(found, prefix, options.own ? options.settings : {})
}

async function start(
  { folder, from }: FoundProgram,
  prefix: string,
  settings: OwnOptions['settings'],
): Promise<RedisServer> {
  const node = await startRedisNode({ folder, settings: { ...DATA_SETTINGS, ...settings } })
  return Object.assign(node, { from, prefix, [Symbol.asyncDispose]: node.stop })
}

/** Uses a server that is somebody's, and removes the keys of the test at the end, whatever ends this process. */
async function borrow(lent: string, prefix: string): Promise<RedisService> {
  try {
    await withRedis(lent, (redis) => redis.ping())
  } catch (error) {
    throw new Error(`Cannot use the Redis of REDIS_URL: ${(error as Error).message}`, { cause: error })
  }
  const guard = await createGuard({ name: 'keys', last: lastScript('delete-keys.ts', prefix, { REDIS_URL: lent }) })
  return { url: lent, from: 'REDIS_URL', prefix, stop: guard.close, [Symbol.asyncDispose]: guard.close }
}
