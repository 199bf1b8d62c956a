import { orStopAll, startAll, stopAll } from './group.ts'
import { provideProgram } from './program.ts'
import { REDIS_PROGRAM, REPLICATION_SETTINGS, type RedisNode, startRedisNode, withRedis } from './redis-node.ts'
import { disagreement, masterPort, type Told } from './redis-sentinel/agreement.ts'
import { askSentinel, type SentinelView } from './redis-sentinel/view.ts'
import { askReplication } from './replication.ts'
import type { RunningServer } from './server.ts'
import type { GroupOptions, Skipped } from './service.ts'
import { until } from './until.ts'

const REPLICAS = 2
const SENTINELS = 3
const QUORUM = 2
const MASTER_NAME = 'main'
/** A failover whose replica does not become a master in that time is given up, and may be tried again after twice as long. */
const FAILOVER_LIMIT_MS = 3_000
/**
 * Sentinels try to connect at most once in their `ping-period`, a second by default. With less than that they hold every
 * new master for dead at first, and fail over again and again.
 */
const DOWN_AFTER_MS = { hurried: 1_000, unhurried: 2_000 } as const
/** Milliseconds between what sentinels do, seconds by default. Redis 7 lets them be changed until the sentinel ends. */
const HURRY: Readonly<Record<string, number>> = {
  'ping-period': 200,
  'info-period': 500, // after it, a server is known for what it says it is
  'publish-period': 500, // the sentinels hear of each other; after four of them an old master is made a replica
  'tilt-period': 2_000, // for so long a sentinel that was frozen does nothing
}

/** A master, two replicas, and the three sentinels that watch over them. */
export interface RedisSentinel extends AsyncDisposable {
  /** The servers with data: first the one that was the master at first, then its replicas. */
  readonly nodes: readonly RedisNode[]
  /** The sentinels. */
  readonly sentinels: readonly RedisNode[]
  /** What the sentinels call the master. */
  readonly masterName: string
  /** What ioredis takes to find the master; plain data, so it may be handed to another process. */
  readonly connection: SentinelConnection
  /** Where it came from: `PATH`, a folder, or `apt`. */
  readonly from: string
  /** The master, going by the newest decision of the sentinels. It may be dead, until they notice. */
  master(): Promise<RedisNode>
  /** Kills the master (SIGKILL). A replica takes over after two to four seconds: see {@link untilOk}. */
  killMaster(): Promise<RedisNode>
  /** Freezes the master (SIGSTOP). A replica takes over; after `resume()` it goes on as a master for some seconds. */
  pauseMaster(): Promise<RedisNode>
  /**
   * Lets a replica take over from the running master (`SENTINEL FAILOVER`). Resolves to the new one when all running
   * sentinels know. The old one goes on as a master for some seconds, and what it takes meanwhile is lost.
   */
  failover(): Promise<RedisNode>
  /**
   * Waits until the running sentinels agree, reach each other and every running server, and all running servers but the
   * master are its replicas and get its writes. Rejects after a minute with what is in the way. A server that comes
   * back as a master has to wait for some seconds (ten before Redis 7): the sentinels first make sure.
   */
  untilOk(): Promise<void>
  /** Ends all of them and removes everything they left. Calling it twice is harmless. */
  stop(): Promise<void>
}

/** What ioredis takes to find a master. */
export interface SentinelConnection {
  /** Where the sentinels are. */
  readonly sentinels: { readonly host: string; readonly port: number }[]
  /** What they call the master. */
  readonly name: string
}

type Node = RedisNode & RunningServer

/**
 * Starts a master, two replicas and three sentinels of the test's own, on this machine. The master counts as dead after a
 * second (`down-after-milliseconds`; two before Redis 7).
 *
 * @param options Settings for the servers with data.
 * @returns All of them, ready to fail over, or why there are none.
 */
export async function startRedisSentinel(options: GroupOptions = {}): Promise<RedisSentinel | Skipped> {
  const found = await provideProgram(REDIS_PROGRAM, options.env ?? process.env)
  if ('skip' in found) return found
  const { folder } = found
  const settings = { ...REPLICATION_SETTINGS, ...options.settings }
  const startNode = (): Promise<Node> => startRedisNode({ folder, settings, keepsSettings: true })
  const startSentinel = async (): Promise<Node> => {
    const plan = { name: 'Sentinel', folder, args: ['--sentinel'], settings: {}, keepsSettings: true }
    const node = await startRedisNode(plan)
    const { restart } = node
    return Object.assign(node, { restart: () => restart().then(async () => void (await hurry(node.url))) })
  }

  const all = await startAll([
    ...Array.from({ length: 1 + REPLICAS }, () => startNode),
    ...Array.from({ length: SENTINELS }, () => startSentinel),
  ])
  return orStopAll(all, async () => {
    const nodes = all.slice(0, 1 + REPLICAS)
    const sentinels = all.slice(1 + REPLICAS)
    const group = toGroup(nodes, sentinels, found.from, () => stopAll(all))
    const [master, ...replicas] = nodes as [Node, ...Node[]]
    // Sentinels ask a master for its replicas only every ten seconds: they must be there the first time.
    await replicate(master, replicas)
    await Promise.all(sentinels.map((sentinel) => watch(sentinel, master)))
    await group.untilOk()
    return group
  })
}

async function replicate(master: Node, replicas: readonly Node[]): Promise<void> {
  await Promise.all(replicas.map(({ url }) => withRedis(url, (redis) => redis.replicaof('127.0.0.1', master.port))))
  await until('bring the replicas of a master online', async () => {
    const { online } = await askReplication(master.url)
    const late = replicas.find(({ port }) => !online.includes(port))
    return late && `${late.url} is not`
  })
}

async function watch({ url }: Node, master: Node): Promise<void> {
  const isHurried = await hurry(url)
  const settings: Readonly<Record<string, number>> = {
    'down-after-milliseconds': isHurried ? DOWN_AFTER_MS.hurried : DOWN_AFTER_MS.unhurried,
    'failover-timeout': FAILOVER_LIMIT_MS,
    'parallel-syncs': REPLICAS,
  }
  await withRedis(url, async (sentinel) => {
    await sentinel.call('SENTINEL', 'MONITOR', MASTER_NAME, '127.0.0.1', master.port, QUORUM)
    for (const [name, value] of Object.entries(settings))
      await sentinel.call('SENTINEL', 'SET', MASTER_NAME, name, value)
  })
}

/** Resolves to whether it could be done. */
function hurry(url: string): Promise<boolean> {
  return withRedis(url, async (sentinel) => {
    try {
      for (const [name, value] of Object.entries(HURRY)) await sentinel.call('SENTINEL', 'DEBUG', name, value)
      return true
    } catch (error) {
      if (/unknown/i.test((error as Error).message)) return false // before Redis 7
      throw error
    }
  })
}

function toGroup(
  nodes: readonly RedisNode[],
  sentinels: readonly RedisNode[],
  from: string,
  stop: () => Promise<void>,
): RedisSentinel {
  const askSentinels = (): Promise<readonly Told<SentinelView>[]> =>
    askRunning(sentinels, (url) => askSentinel(url, MASTER_NAME))

  const group: RedisSentinel = {
    nodes,
    sentinels,
    masterName: MASTER_NAME,
    connection: { sentinels: sentinels.map(({ port }) => ({ host: '127.0.0.1', port })), name: MASTER_NAME },
    from,
    async master() {
      const port = masterPort((await askSentinels()).map(({ view }) => view))
      return nodes.find((node) => node.port === port) as RedisNode
    },
    async killMaster() {
      const node = await group.master()
      await node.kill()
      return node
    },
    async pauseMaster() {
      const node = await group.master()
      await node.pause()
      return node
    },
    async failover() {
      const old = await group.master()
      let askedAtMs = Number.NEGATIVE_INFINITY
      await until(`fail over from ${old.url}`, async () => {
        const told = await askSentinels()
        const late = told.find(({ view }) => view.port === old.port)
        if (late === undefined) return
        const isUnknownToAll = told.every(({ view }) => view.port === old.port)
        if (isUnknownToAll && performance.now() - askedAtMs > 2 * FAILOVER_LIMIT_MS) {
          await withRedis(`redis://127.0.0.1:${late.port}`, (redis) => redis.call('SENTINEL', 'FAILOVER', MASTER_NAME))
          askedAtMs = performance.now()
        }
        return `the sentinel 127.0.0.1:${late.port} knows no other master yet`
      })
      return group.master()
    },
    async untilOk() {
      await until('use the master of the sentinels', async () =>
        disagreement(await askSentinels(), await askRunning(nodes, askReplication)),
      )
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
  return group
}

function askRunning<view>(
  servers: readonly RedisNode[],
  ask: (url: string) => Promise<view>,
): Promise<readonly Told<view>[]> {
  const running = servers.filter(({ state }) => state === 'running')
  return Promise.all(running.map(async ({ url, port }) => ({ port, view: await ask(url) })))
}
