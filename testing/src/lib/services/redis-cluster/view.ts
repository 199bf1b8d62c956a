import { withRedis } from '../redis-node.ts'
import { type Replication, type Role, toReplication } from '../replication.ts'

/** A node as one node sees it. */
export interface Seen {
  /** Its name in the cluster. */
  readonly id: string
  /** Its port. */
  readonly port: number
  /** What it is, in that one's eyes. */
  readonly role: Role
  /** Whether that one talks to it, and does not hold it for dead. */
  readonly isReached: boolean
  /** Whose replica it is. */
  readonly masterId: string | undefined
  /** The higher one is right where two masters claim a slot. */
  readonly epoch: number
  /** Its slots, as first and last. */
  readonly slots: readonly (readonly [number, number])[]
}

/** The cluster as one node sees it. */
export interface View {
  /** Itself. */
  readonly self: Seen
  /** All nodes that it knows. */
  readonly all: readonly Seen[]
  /** Whether it would answer. */
  readonly isOk: boolean
  /** What it says about its master or replicas. */
  readonly replication: Replication
}

/**
 * Asks a node how it sees the cluster.
 *
 * @param url Where it is.
 */
export function look(url: string): Promise<View> {
  return withRedis(url, async (redis) => {
    const [info, nodes, replication] = await Promise.all([
      redis.cluster('INFO'),
      redis.cluster('NODES'),
      redis.info('replication'),
    ])
    return toView(String(info), String(nodes), replication)
  })
}

/**
 * Reads what a node answers.
 *
 * @param info To `CLUSTER INFO`.
 * @param nodes To `CLUSTER NODES`.
 * @param replication To `INFO replication`.
 */
export function toView(info: string, nodes: string, replication: string): View {
  const lines = nodes.split('\n').filter((line) => line !== '')
  const all = lines.map(toSeen)
  const self = all[lines.findIndex((line) => line.includes('myself'))]
  if (self === undefined) throw new Error(`Cannot read a cluster's nodes as none is the one that answers: ${nodes}`)
  return {
    self,
    all,
    isOk: /^cluster_state:ok\r?$/m.test(info),
    replication: toReplication(replication),
  }
}

/** `id ip:port@bus flags master pinged ponged epoch link slot-slot …` */
function toSeen(line: string): Seen {
  const [id = '', address = '', flags = '', master = '-', , , epoch, link, ...slots] = line.split(' ')
  const names = flags.split(',')
  return {
    id,
    port: Number(/:(\d+)/.exec(address)?.[1]),
    role: names.includes('master') ? 'master' : 'replica',
    isReached: link === 'connected' && !names.some((name) => ['fail', 'fail?', 'handshake', 'noaddr'].includes(name)),
    masterId: master === '-' ? undefined : master,
    epoch: Number(epoch),
    // In brackets are slots on the move, which their owner names as its own as well.
    slots: slots.filter((text) => !text.startsWith('[')).map(toRange),
  }
}

function toRange(text: string): readonly [number, number] {
  const [first, last = first] = text.split('-').map(Number)
  return [Number(first), Number(last)]
}

/**
 * Whether a node owns a slot.
 *
 * @param seen The node.
 * @param slot The slot.
 */
export function owns({ role, slots }: Seen, slot: number): boolean {
  return role === 'master' && slots.some(([first, last]) => first <= slot && slot <= last)
}
