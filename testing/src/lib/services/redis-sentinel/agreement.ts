import type { Replication } from '../replication.ts'
import type { Peer, SentinelView } from './view.ts'

/** A running sentinel, or a running server with data, with what it says. */
export interface Told<view> {
  /** Its port. */
  readonly port: number
  /** What it says. */
  readonly view: view
}

/**
 * What keeps the sentinels from watching over one master that has all its replicas.
 *
 * @param sentinels The running ones.
 * @param servers The running ones with data.
 * @returns What is in the way, or nothing.
 */
export function disagreement(
  sentinels: readonly Told<SentinelView>[],
  servers: readonly Told<Replication>[],
): string | undefined {
  const port = masterPort(sentinels.map(({ view }) => view))
  const master = servers.find((server) => server.port === port)
  if (master === undefined) return `the master ${name(port)} does not run`
  const replicas = servers.filter((server) => server !== master)
  return firstOf([
    ...sentinels.map((sentinel) => () => unready(sentinel, port, sentinels, replicas)),
    ...replicas.map((replica) => () => unlinked(replica, master)),
    () => (master.view.role === 'master' ? undefined : `${name(port)} is no master yet`),
  ])
}

/**
 * Where the master is, going by the newest decision.
 *
 * @param views What the sentinels say.
 */
export function masterPort(views: readonly SentinelView[]): number {
  const [newest] = views.toSorted((a, b) => b.epoch - a.epoch)
  if (newest === undefined) throw new Error('Cannot find the master as no sentinel runs')
  return newest.port
}

function unready(
  { port, view }: Told<SentinelView>,
  master: number,
  sentinels: readonly Told<unknown>[],
  replicas: readonly Told<unknown>[],
): string | undefined {
  if (view.port !== master) return `the sentinel ${name(port)} does not know the master ${name(master)} yet`
  if (view.flags !== 'master') return `the sentinel ${name(port)} says that the master is ${view.flags}`
  const peer = sentinels.find((one) => one.port !== port && !isReached(view.peers, one.port))
  if (peer) return `the sentinel ${name(port)} does not reach the sentinel ${name(peer.port)}`
  const replica = replicas.find((one) => !isReached(view.replicas, one.port))
  if (replica) return `the sentinel ${name(port)} does not reach the replica ${name(replica.port)}`
  // Until then it may make a replica of it once more, and so undo a failover.
  const stale = view.replicas.find((known) => isReached([known], known.port) && known.masterPort !== master)
  if (stale) return `the sentinel ${name(port)} has not heard yet that ${name(stale.port)} is a replica of that master`
}

function unlinked({ port, view }: Told<Replication>, master: Told<Replication>): string | undefined {
  if (view.masterPort !== master.port) return `${name(port)} is no replica of ${name(master.port)} yet`
  if (!view.isLinked) return `${name(port)} does not get the writes of its master`
  if (!master.view.online.includes(port)) return `${name(master.port)} does not send its writes to ${name(port)} yet`
}

/** Flags of the past, such as that a sentinel held the old master for dead, stay for seconds and mean nothing. */
function isReached(peers: readonly Peer[], port: number): boolean {
  return peers.some((peer) => peer.port === port && !/s_down|disconnected/.test(peer.flags))
}

function firstOf(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const why = check()
    if (why !== undefined) return why
  }
}

function name(port: number): string {
  return `127.0.0.1:${port}`
}
