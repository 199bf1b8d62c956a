import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { createGuard } from './guard.ts'
import { type FoundProgram, type Program, provideProgram } from './program.ts'
import { lastScript } from './script.ts'
import { type ServerPlan, startServer } from './server.ts'
import type { OwnOptions, OwnServer, Service, ShareableOptions, Skipped } from './service.ts'

const CONNECT_LIMIT_MS = 5_000

/** What has to be there. */
export const REDIS_PROGRAM: Program = {
  files: ['redis-server'],
  debianPackage: 'redis-server',
  systemServices: ['redis-server'],
}

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
export interface RedisServer extends RedisService, OwnServer {}

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
  const plan: ServerPlan = {
    name: 'Redis',
    stopSignal: 'SIGTERM',
    command: (port) => ({ file: join(folder, 'redis-server'), args: toArgs(port, settings) }),
    async isReady(port, pid) {
      const info = await withRedis(urlAt(port), (redis) => redis.info('server'))
      return info.includes(`process_id:${pid}\r`)
    },
  }
  const server = await startServer(plan)
  return Object.assign(server, { url: urlAt(server.port), from, prefix, [Symbol.asyncDispose]: server.stop })
}

function urlAt(port: number): string {
  return `redis://127.0.0.1:${port}`
}

function toArgs(port: number, settings: OwnOptions['settings']): readonly string[] {
  const all: Readonly<Record<string, string>> = {
    port: String(port),
    bind: '127.0.0.1',
    save: '',
    // Every write is handed to the operating system before it is answered, so that a killed server loses nothing that
    // it acknowledged. `everysec` may hold writes back while a sync is under way.
    appendonly: 'yes',
    appendfsync: 'no',
    ...settings,
  }
  return Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])
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

async function withRedis<result>(url: string, use: (redis: Redis) => Promise<result>): Promise<result> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_LIMIT_MS,
    commandTimeout: CONNECT_LIMIT_MS,
    disconnectTimeout: 100,
  })
  redis.on('error', () => {}) // the call fails as well
  try {
    await redis.connect()
    return await use(redis)
  } finally {
    redis.disconnect()
  }
}
