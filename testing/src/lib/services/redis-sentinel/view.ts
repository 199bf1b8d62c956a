import { withRedis } from '../redis-node.ts'

/** What a sentinel thinks of its master. */
export interface SentinelView {
  /** The master's port. */
  readonly port: number
  /** The higher one is right where two sentinels differ. */
  readonly epoch: number
  /** What it knows about it, such as `master`, or `master,s_down,o_down`. */
  readonly flags: string
  /** The other sentinels, as it knows them. */
  readonly peers: readonly Peer[]
  /** The replicas, as it knows them. */
  readonly replicas: readonly KnownReplica[]
}

/** Another server, as a sentinel knows it. */
export interface Peer {
  /** Its port. */
  readonly port: number
  /** What the sentinel knows about it, such as `slave`, or `slave,s_down,disconnected`. */
  readonly flags: string
}

/** A replica, as a sentinel knows it. */
export interface KnownReplica extends Peer {
  /** Whose replica it said it was, when the sentinel asked last: a port, or nothing if it said that it was a master. */
  readonly masterPort: number | undefined
}

/**
 * Asks a sentinel.
 *
 * @param url Where it is.
 * @param masterName What the master is called.
 */
export function askSentinel(url: string, masterName: string): Promise<SentinelView> {
  return withRedis(url, async (redis) => {
    const ask = (what: string): Promise<unknown> => redis.call('SENTINEL', what, masterName)
    const [master, peers, replicas] = await Promise.all([ask('MASTER'), ask('SENTINELS'), ask('REPLICAS')])
    const { port, flags = '', 'config-epoch': epoch } = toFields(master)
    return {
      port: Number(port),
      epoch: Number(epoch),
      flags,
      peers: toList(peers).map(toPeer),
      replicas: toList(replicas).map((fields) => ({
        ...toPeer(fields),
        masterPort: fields['role-reported'] === 'slave' ? Number(fields['master-port']) : undefined,
      })),
    }
  })
}

type Fields = Readonly<Record<string, string>>

function toList(answer: unknown): readonly Fields[] {
  return (answer as readonly unknown[]).map(toFields)
}

function toPeer({ port, flags = '' }: Fields): Peer {
  return { port: Number(port), flags }
}

/** From `[name, value, name, value, …]`. */
function toFields(answer: unknown): Fields {
  const list = answer as readonly string[]
  return Object.fromEntries(list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1] ?? '']] : [])))
}
