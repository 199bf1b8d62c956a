import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  freePort,
  type NginxServer,
  type PostgresServer,
  type RedisServer,
  type Skipped,
  startNginx,
  startPostgres,
  startRedis,
} from '@breakwater/testing/services'
import { type Instance, type InstanceEnd, startInstance } from './instance.ts'
import { toNginxConfig } from './nginx-config.ts'

const DEFAULT_INSTANCES = 3
/** Each client and each of its requests is a connection, and so is each side of a WebSocket. */
const NGINX_CONNECTIONS = 16_384
/** Room for one instance more than there are, which there is while one is replaced. */
const POSTGRES_CONNECTIONS_EACH = 32
/** What is acknowledged is on the disk, as it would be for real. */
const POSTGRES_SETTINGS = { fsync: 'on', full_page_writes: 'on', shared_buffers: '128MB' }

/** Options of {@link startCluster}. */
export interface ClusterOptions {
  /** @defaultValue `3` */
  readonly instances?: number | undefined
  /** A PostgreSQL that is there. @defaultValue one of its own, which is gone with it */
  readonly databaseUrl?: string | undefined
  /** A Redis that is there. @defaultValue one of its own, which is gone with it */
  readonly redisUrl?: string | undefined
  /** What the instances are told beside, such as `MAX_TASKS`. */
  readonly variables?: Readonly<Record<string, string>> | undefined
}

/** What came of a replacement. */
export interface Replacement {
  /** The process that serves now. */
  readonly instance: Instance
  /** How the one before ended. */
  readonly end: InstanceEnd
}

/** Several instances of the server on one PostgreSQL and one Redis, behind nginx. */
export interface Cluster extends AsyncDisposable {
  /** Where nginx listens. */
  readonly url: string
  /** Those that serve now. */
  readonly instances: readonly Instance[]
  /** Where the tasks are. */
  readonly databaseUrl: string
  /** nginx itself. */
  readonly nginx: NginxServer
  /** PostgreSQL, if it is its own. */
  readonly postgres: PostgresServer | undefined
  /** Redis, if it is its own. */
  readonly redis: RedisServer | undefined
  /** Folder with what the instances wrote. */
  readonly logs: string
  /** Resolves with the first instance that ended without being told to. */
  readonly broken: Promise<InstanceEnd>
  /**
   * Replaces an instance: the next one listens on the same port before the old one gets its SIGTERM, and nginx hears of nothing.
   *
   * @param index Which one.
   * @throws {Error} If the next one does not start. The old one stays.
   */
  replace(index: number): Promise<Replacement>
  /** Ends everything, those who depend on others first. Calling it twice is harmless. */
  close(): Promise<void>
}

/**
 * Starts a cluster.
 *
 * @param options How large, and on what.
 * @returns The cluster, which serves, or why there is none.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster | Skipped> {
  const { instances: count = DEFAULT_INSTANCES, variables = {} } = options
  const ends: (() => Promise<unknown>)[] = []
  /** Last in, first out. A second failure must not hide the first one. */
  async function endAll(): Promise<void> {
    const failures: unknown[] = []
    for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
      await end().catch((error: unknown) => failures.push(error))
    }
    if (failures.length > 0) throw failures[0]
  }
  /** Ends with the cluster what is there. */
  function keep<service extends { stop(): Promise<void> }>(service: service | Skipped): service {
    if ('skip' in service) throw new SkipError(service.skip)
    ends.push(() => service.stop())
    return service
  }

  try {
    const postgresSettings = {
      ...POSTGRES_SETTINGS,
      max_connections: String((count + 1) * POSTGRES_CONNECTIONS_EACH),
    }
    const postgres =
      options.databaseUrl === undefined
        ? keep(await startPostgres({ own: true, settings: postgresSettings }))
        : undefined
    const redis = options.redisUrl === undefined ? keep(await startRedis({ own: true })) : undefined
    const databaseUrl = options.databaseUrl ?? (postgres as PostgresServer).url
    const redisUrl = options.redisUrl ?? (redis as RedisServer).url
    const ports = await freePorts(count)
    const nginx = keep(await startNginx({ ...toNginxConfig(ports), connections: NGINX_CONNECTIONS }))
    // Gone with nginx, whatever ends this process.
    const logs = join(nginx.directory, 'instances')
    mkdirSync(logs)

    const shared = {
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      SESSION_SECRET: randomBytes(32).toString('hex'),
      CORS_ORIGIN: nginx.url,
      TRUST_PROXY: 'loopback',
      ...variables,
    }
    const { promise: broken, resolve: isBroken } = Promise.withResolvers<InstanceEnd>()
    const told = new Set<Instance>()
    async function start(index: number): Promise<Instance> {
      const logFile = join(logs, `instance-${index + 1}.log`)
      const instance = await startInstance({ port: ports[index] as number, variables: shared, logFile })
      void instance.ended.then((end) => {
        if (!told.has(instance)) isBroken(end)
      })
      return instance
    }
    function stop(instance: Instance): Promise<InstanceEnd> {
      told.add(instance)
      return instance.stop()
    }

    // The first one makes the tables, the others find them.
    const instances: Instance[] = []
    ends.push(() => Promise.all(instances.map(stop)))
    for (let index = 0; index < count; index++) instances.push(await start(index))

    let closing: Promise<void> | undefined
    const close = (): Promise<void> => {
      closing ??= endAll()
      return closing
    }
    return {
      url: nginx.url,
      instances,
      databaseUrl,
      nginx,
      postgres,
      redis,
      logs,
      broken,
      async replace(index) {
        const old = instances[index]
        if (old === undefined) throw new RangeError(`Expected \`index\` to be below ${instances.length}, got ${index}`)
        const instance = await start(index)
        instances[index] = instance
        return { instance, end: await stop(old) }
      },
      close,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await endAll().catch(() => {}) // why it did not start matters more
    if (error instanceof SkipError) return { skip: error.message }
    throw error
  }
}

/** A service is not to be had here. */
class SkipError extends Error {
  override readonly name: 'SkipError' = 'SkipError'
}

async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  return [...ports]
}
