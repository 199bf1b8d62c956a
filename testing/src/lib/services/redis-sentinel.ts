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
/**
 * An election without a winner, or a failover whose replica does not become a master, is given up after that time. Each
 * sentinel that took part, or gave its vote, waits for twice as long before it tries again, and up to a second more.
 */
const FAILOVER_LIMIT_MS = 3_000
/**
 * The first sentinel counts the master as dead after `first`, each further one `step` later. That is as much as their pings
 * can be apart, so that the one that makes the quorum full asks for votes while no other one does: of three that ask at
 * once each votes for itself, and nobody wins.
 *
 * Sentinels try to connect at most once in their `ping-period`: with less than that they hold every new master for dead.
 */
const DOWN_AFTER_MS = {
  hurried: { first: 1_000, step: 500 },
  unhurried: { first: 2_000, step: 1_000 },
} as const
/** Milliseconds between what sentinels do, seconds by default. Redis 7 lets them be changed until the sentinel ends. */
const HURRY: Readonly<Record<string, number>> = {
  // A replica whose last `INFO` is older than five of them is not good enough for a failover, which is then given up.
  // While the master is down that is asked for once a second, whatever is set: 200 ms would leave no time at all.
  'ping-period': 400,
  // Longer than the last sentinel is behind the first: else that one could hear just then that they are two, and ask for
  // votes, too. Where a third one does not run, nobody would win.
  'ask-period': 2_000,
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
  /**
   * Kills the master (SIGKILL). All sentinels know another one after two to four and a half seconds: one to one and a half
   * until two of them hold it for dead, up to one until they ask the replica whether it is a master now, and up to one more
   * until they ask the other replica whether it follows.
   *
   * A try of theirs that comes to nothing, as on a machine that stands still, adds six to seven seconds: twice
   * `failover-timeout`, and up to a second at random. So wait with {@link untilOk}, and for no time of your own.
   *
   * @see `sentinelStartFailoverIfNeeded`, `sentinelVoteLeader` and `sentinelSelectSlave` in `src/sentinel.c` of Redis 7.0.
   */
  killMaster(): Promise<RedisNode>
  /**
   * Freezes the master (SIGSTOP). A replica takes over as after {@link killMaster}, half a second later; after `resume()`
   * the old one goes on as a master for some seconds.
   */
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
 * Starts a master, two replicas and three sentinels of the test's own, on this machine. The master counts as dead when it
 * has not answered the second sentinel for 1.5 s (`down-after-milliseconds`; 3 s before Redis 7).
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
    await Promise.all(sentinels.map((sentinel, rank) => watch(sentinel, master, rank)))
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

/** The lower its rank, the sooner a sentinel counts the master as dead. */
async function watch({ url }: Node, master: Node, rank: number): Promise<void> {
  const { first, step } = DOWN_AFTER_MS[(await hurry(url)) ? 'hurried' : 'unhurried']
  const settings: Readonly<Record<string, number>> = {
    'down-after-milliseconds': first + rank * step,
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
