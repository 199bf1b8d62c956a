import { orStopAll, startAll, stopAll } from './group.ts'
import { provideProgram } from './program.ts'
import { disagreement } from './redis-cluster/agreement.ts'
import { formCluster } from './redis-cluster/form.ts'
import { slotOf } from './redis-cluster/hash-slot.ts'
import { moveSlot } from './redis-cluster/move-slot.ts'
import { look, owns, type View } from './redis-cluster/view.ts'
import { REDIS_PROGRAM, REPLICATION_SETTINGS, type RedisNode, startRedisNode, withRedis } from './redis-node.ts'
import type { Role } from './replication.ts'
import type { RunningServer } from './server.ts'
import type { GroupOptions, Skipped } from './service.ts'
import { until } from './until.ts'

const MASTERS = 3
/** How far above a node's port is the one on which the nodes talk to each other. */
const BUS = 10_000
/** Redis gives a manual failover up after 5 s. */
const FAILOVER_EVERY_MS = 6_000

/** One node of a cluster. Each can be killed, paused and restarted by itself, and keeps its port, name and data. */
export interface ClusterNode extends RedisNode {
  /** Its name in the cluster. */
  readonly id: string
  /** The pair it belongs to, from 0: a master and its replica, whichever of them is which by now. */
  readonly shard: number
  /** What it was at first. */
  readonly startedAs: Role
  /** What it holds itself for now. A master that was frozen or cut off may be wrong for a while. */
  role(): Promise<Role>
}

/** Options of {@link RedisCluster.moveSlot}. */
export interface MoveSlotOptions {
  /**
   * Called, and awaited, when half of the keys are over: keys are then answered with `ASK` or `TRYAGAIN`, or by either
   * node.
   */
  readonly halfway?: (() => unknown) | undefined
}

/** A Redis Cluster of three masters with a replica each. */
export interface RedisCluster extends AsyncDisposable {
  /** The nodes: first those that were masters at first, in the order of their slots, then a replica of each. */
  readonly nodes: readonly ClusterNode[]
  /** Where the nodes are: what a client starts from. */
  readonly urls: readonly string[]
  /** Where it came from: `PATH`, a folder, or `apt`. */
  readonly from: string
  /** The slot of a key, from 0 to 16,383. */
  slotOf(key: string): number
  /** The running master that has a slot. */
  ownerOf(slot: number): Promise<ClusterNode>
  /** The running master of a pair. Rejects while there is none. */
  masterOf(shard: number): Promise<ClusterNode>
  /**
   * Kills the master of a pair (SIGKILL). Its replica takes over after two to three and a half seconds: one to two and a
   * half until the other masters agree that it is dead (`cluster-node-timeout`, and half of it between two pings), and then
   * half a second to a whole one, at random, until the replica asks for their votes.
   *
   * If it does not get them, as on a machine that stands still, it asks again after four and a half to five seconds, as
   * often as it takes. So wait with {@link untilOk}, and for no time of your own.
   *
   * @see `clusterHandleSlaveFailover` and `clusterCron` in `src/cluster.c` of Redis 7.0.
   */
  killMaster(shard: number): Promise<ClusterNode>
  /** Freezes the master of a pair (SIGSTOP). Its replica takes over; after `resume()` it becomes a replica. */
  pauseMaster(shard: number): Promise<ClusterNode>
  /** Lets the replica of a pair take over from its running master, without loss. Resolves to the new master. */
  failover(shard: number): Promise<ClusterNode>
  /**
   * Hands a slot and its keys to another master. Resolves when all running nodes know; does nothing if that one has it.
   * If it rejects, the slot may be half-way: the same call again brings it to an end.
   */
  moveSlot(slot: number, to: ClusterNode, options?: MoveSlotOptions): Promise<void>
  /**
   * Waits until the running nodes serve all slots, see each other the same way, and every running replica gets the
   * writes of its master. Rejects after a minute with what is in the way.
   */
  untilOk(): Promise<void>
  /** Ends all nodes and removes everything they left. Calling it twice is harmless. */
  stop(): Promise<void>
}

/**
 * Starts a Redis Cluster of the test's own: three masters with a replica each, on this machine. A node counts as dead
 * after a second (`cluster-node-timeout`).
 *
 * @param options Settings for all nodes.
 * @returns The cluster, which serves all slots and has all replicas online, or why there is none.
 */
export async function startRedisCluster(options: GroupOptions = {}): Promise<RedisCluster | Skipped> {
  const found = await provideProgram(REDIS_PROGRAM, options.env ?? process.env)
  if ('skip' in found) return found
  const settings = {
    ...REPLICATION_SETTINGS,
    'cluster-enabled': 'yes',
    'cluster-config-file': 'nodes.conf',
    'cluster-node-timeout': '1000',
    'cluster-migration-barrier': '1000', // no replica leaves for another master: the pairs stay
    // Else a replica never takes over once it has been without its master for 12 s (eleven times the timeout, and a ping),
    // which three elections in vain take, or once it was restarted meanwhile.
    'cluster-replica-validity-factor': '0',
    ...options.settings,
  }
  const start = (): Promise<RedisNode & RunningServer> =>
    startRedisNode({ name: 'Redis-Cluster', folder: found.folder, settings, secondPort: BUS })
  const servers = await startAll(Array.from({ length: 2 * MASTERS }, () => start))
  return orStopAll(servers, async () => {
    const ids = await formCluster(servers.slice(0, MASTERS), servers.slice(MASTERS))
    const cluster = toCluster(
      servers.map((server, index) => toNode(server, ids[index] as string, index)),
      found.from,
      () => stopAll(servers),
    )
    await cluster.untilOk()
    return cluster
  })
}

function toNode(server: RedisNode, id: string, index: number): ClusterNode {
  return Object.assign(server, {
    id,
    shard: index % MASTERS,
    startedAs: index < MASTERS ? ('master' as const) : ('replica' as const),
    role: async () => (await look(server.url)).self.role,
  })
}

function toCluster(nodes: readonly ClusterNode[], from: string, stop: () => Promise<void>): RedisCluster {
  const running = (): readonly ClusterNode[] => nodes.filter(({ state }) => state === 'running')

  /** The newest of the masters that say so themselves. Whoever dies while it is asked is none. */
  async function master(what: string, is: (view: View, node: ClusterNode) => boolean): Promise<ClusterNode> {
    const asked = running()
    const views = await Promise.allSettled(asked.map(({ url }) => look(url)))
    const masters = asked.flatMap((node, index) => {
      const result = views[index]
      const isIt = result?.status === 'fulfilled' && result.value.self.role === 'master' && is(result.value, node)
      return isIt ? [{ node, epoch: result.value.self.epoch }] : []
    })
    const [newest] = masters.sort((a, b) => b.epoch - a.epoch)
    if (newest === undefined) throw new Error(`Cannot find ${what} as no running node of the cluster is it`)
    return newest.node
  }

  const cluster: RedisCluster = {
    nodes,
    urls: nodes.map(({ url }) => url),
    from,
    slotOf,
    ownerOf: (slot) => master(`the master of slot ${slot}`, ({ self }) => owns(self, slot)),
    masterOf: (shard) => master(`the master of shard ${shard}`, (_, node) => node.shard === shard),
    async killMaster(shard) {
      const node = await cluster.masterOf(shard)
      await node.kill()
      return node
    },
    async pauseMaster(shard) {
      const node = await cluster.masterOf(shard)
      await node.pause()
      return node
    },
    async failover(shard) {
      const old = await cluster.masterOf(shard)
      const next = running().find((node) => node.shard === shard && node !== old)
      if (next === undefined) throw new Error(`Cannot fail over shard ${shard} as its replica does not run`)
      let askedAtMs = Number.NEGATIVE_INFINITY
      await until(`fail over shard ${shard}`, async () => {
        if ((await next.role()) === 'master') return
        if (performance.now() - askedAtMs > FAILOVER_EVERY_MS) {
          askedAtMs = performance.now()
          await withRedis(next.url, (redis) => redis.cluster('FAILOVER'))
        }
        return `${next.url} is still a replica`
      })
      return next
    },
    async moveSlot(slot, to, { halfway } = {}) {
      const owner = await cluster.ownerOf(slot)
      if ((await to.role()) !== 'master') throw new Error(`Cannot move slot ${slot} to ${to.url} as it is a replica`)
      if (owner !== to) await moveSlot({ slot, from: owner, to, halfway })
      await until(`move slot ${slot} to ${to.url}`, async () => {
        const views = await Promise.all(running().map(({ url }) => look(url)))
        const late = views.find(({ all }) => all.find((seen) => owns(seen, slot))?.id !== to.id)
        return late && `127.0.0.1:${late.self.port} does not know yet`
      })
    },
    untilOk: () =>
      until('use the cluster', async () => disagreement(await Promise.all(running().map(({ url }) => look(url))))),
    stop,
    [Symbol.asyncDispose]: stop,
  }
  return cluster
}
