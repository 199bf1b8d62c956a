import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { Program } from './program.ts'
import { type RunningServer, type ServerPlan, startServer } from './server.ts'
import type { OwnServer } from './service.ts'

const CALL_LIMIT_MS = 5_000
const SETTINGS_FILE = 'redis.conf'

/** What has to be there. */
export const REDIS_PROGRAM: Program = {
  files: ['redis-server'],
  debianPackage: 'redis-server',
  systemServices: ['redis-server'],
}

/** One Redis process of the test's own. */
export interface RedisNode extends OwnServer {
  /** Where it is. */
  readonly url: string
}

/** How a Redis process is run. */
export interface RedisNodePlan extends Pick<ServerPlan, 'secondPort'> {
  /** @defaultValue `'Redis'` */
  readonly name?: string | undefined
  /** The folder with `redis-server`. */
  readonly folder: string
  /** Gives it a file for the settings that it or a sentinel changes, which it finds again after a restart. */
  readonly keepsSettings?: boolean | undefined
  /** Arguments before the settings. */
  readonly args?: readonly string[] | undefined
  /** Its settings, by the names that Redis gives them. */
  readonly settings: Readonly<Record<string, string>>
}

/** Settings of a server that holds data. */
export const DATA_SETTINGS: Readonly<Record<string, string>> = {
  save: '',
  // Every write is handed to the operating system before it is answered, so that a killed server loses nothing that
  // it acknowledged. `everysec` may hold writes back while a sync is under way.
  appendonly: 'yes',
  appendfsync: 'no',
}

/** Settings of several servers that replicate: a replica is there at once, and a link that is gone is noticed soon. */
export const REPLICATION_SETTINGS: Readonly<Record<string, string>> = {
  ...DATA_SETTINGS,
  'repl-diskless-sync': 'yes',
  'repl-diskless-sync-delay': '0',
  'repl-ping-replica-period': '1',
}

/**
 * Starts one Redis process on a free loopback port.
 *
 * @param plan How.
 * @returns The process, which answers.
 */
export async function startRedisNode(plan: RedisNodePlan): Promise<RedisNode & RunningServer> {
  const { name = 'Redis', folder, keepsSettings = false, settings, secondPort } = plan
  const args = [...(keepsSettings ? [SETTINGS_FILE] : []), ...(plan.args ?? [])]
  const server = await startServer({
    name,
    stopSignal: 'SIGTERM',
    secondPort,
    prepare: ({ directory }) => (keepsSettings ? writeFile(join(directory, SETTINGS_FILE), '') : Promise.resolve()),
    command: (port) => ({ file: join(folder, 'redis-server'), args: [...args, ...toArgs(port, settings)] }),
    async isReady(port, pid) {
      const info = await withRedis(urlAt(port), (redis) => redis.info('server'))
      return info.includes(`process_id:${pid}\r`)
    },
  })
  return Object.assign(server, { url: urlAt(server.port) })
}

function urlAt(port: number): string {
  return `redis://127.0.0.1:${port}`
}

function toArgs(port: number, settings: RedisNodePlan['settings']): readonly string[] {
  const all: Readonly<Record<string, string>> = { port: String(port), bind: '127.0.0.1', ...settings }
  return Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])
}

/**
 * Connects once, without trying again, and disconnects.
 *
 * @param url Where to.
 * @param use What for.
 * @returns What that gave.
 */
export async function withRedis<result>(url: string, use: (redis: Redis) => Promise<result>): Promise<result> {
  const redis = new Redis(url, {
    lazyConnect: true,
    protocol: 2, // what Sentinel answers is read as lists
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: CALL_LIMIT_MS,
    commandTimeout: CALL_LIMIT_MS,
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
