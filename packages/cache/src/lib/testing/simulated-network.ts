import { nonNegativeInteger, positiveInteger } from '@breakwater/core'
import { Agenda, doAll } from './agenda.ts'
import { Dice } from './dice.ts'
import { Link, type LinkDelays } from './link.ts'
import { SimulatedClient, type SimulatedClientOptions } from './simulated-client.ts'
import { SimulatedClusterClient, type SimulatedClusterOptions } from './simulated-cluster-client.ts'
import { type InFlight, SimulatedConnection } from './simulated-connection.ts'
import { SimulatedNode } from './simulated-node.ts'
import { SimulatedRedis, type SimulatedRedisOptions } from './simulated-redis.ts'

/** Options of {@link createWorld}. */
export interface WorldOptions {
  /** Repeats a world: the same seed, and the same done to it, give the same run. Any integer. */
  readonly seed: number
  /**
   * Processes to begin with, numbered from 0.
   *
   * @defaultValue `3`
   */
  readonly nodes?: number | undefined
  /**
   * Servers, numbered from 0. More than one are the masters of a cluster.
   *
   * @defaultValue `1`
   */
  readonly servers?: number | undefined
  /**
   * How long a message takes one way. One in a hundred takes up to ten times as long.
   *
   * @defaultValue from 0.25 to 2 ms
   */
  readonly delays?: LinkDelays | undefined
  /**
   * What servers are like.
   *
   * @defaultValue that of `SimulatedRedisOptions`; with several servers keys of one command have to be in one slot
   */
  readonly redis?: SimulatedRedisOptions | undefined
}

/**
 * Processes, servers and a network in virtual time. Nothing in it comes from the machine's clocks, timers or random numbers.
 * Code under test lives in a node: it gets the node's clock and its clients, and is called through the node's `run`.
 */
export interface World {
  /** What repeats it. */
  readonly seed: number
  /** Random numbers for what is done to it. The network has others, each link its own. */
  readonly dice: Dice
  /** Virtual milliseconds since the start. */
  readonly nowMs: number
  /** How many timers and messages are waiting. */
  readonly pending: number
  /** All processes that ever were, by number. */
  readonly nodes: readonly SimulatedNode[]
  /** All servers, by number. */
  readonly servers: readonly SimulatedRedis[]
  /** Errors of clients that nobody listened for. */
  readonly unheard: readonly unknown[]
  /** Adds a process. */
  addNode(): SimulatedNode
  /** A client as ioredis' `Redis`, of the first server. */
  createClient(node: SimulatedNode, options?: SimulatedClientOptions): SimulatedClient
  /** A client as ioredis' `Cluster`, of all servers. */
  createClusterClient(node: SimulatedNode, options?: SimulatedClusterOptions): SimulatedClusterClient
  /** The network between a process and a server. */
  link(node: number, server: number): Link
  /** Loses all connections between a process and a server. */
  drop(node: number, server: number, inFlight: InFlight): void
  /** Plans something that is not code of any node. */
  after(delayMs: number, run: () => void): () => void
  /** Moves time on to the next timer or message, and resolves once all it brought about has settled; `false` if there is none. */
  step(): Promise<boolean>
  /** Lets time pass, with everything that happens in it. */
  run(forMs: number): Promise<void>
  /** Kills all nodes and calls everything off. */
  close(): Promise<void>
}

const DELAYS: LinkDelays = { leastMs: 0.25, mostMs: 2 }

/**
 * Creates a world.
 *
 * @param options How large it is, and what repeats it.
 * @throws {RangeError} If there are no servers, or a number is out of its range.
 *
 * @example
 * ```ts
 * const world = createWorld({ seed: 1, nodes: 2 })
 * const [one, other] = world.nodes.map((node) => world.createClient(node))
 * const stored = one.call('set', 'key', 'value')
 * await world.run(100)
 * ```
 */
export function createWorld({ seed, nodes: count = 3, servers: serverCount = 1, delays, redis }: WorldOptions): World {
  const agenda = new Agenda()
  const nodes: SimulatedNode[] = []
  const unheard: unknown[] = []
  const links = new Map<string, Link>()
  const connections = new Set<SimulatedConnection>()
  const checksSlots = positiveInteger('servers', serverCount) > 1
  const servers = Array.from(
    { length: serverCount },
    (_, id) => new SimulatedRedis(id, agenda, { checksSlots, ...redis }),
  )

  function addNode(): SimulatedNode {
    const node = new SimulatedNode(nodes.length, agenda)
    nodes.push(node)
    return node
  }
  for (let made = nonNegativeInteger('nodes', count); made > 0; made--) addNode()

  function link(node: number, server: number): Link {
    const name = `${node} ${server}`
    const found = links.get(name) ?? new Link(agenda, new Dice(seed, 1, node, server), delays ?? DELAYS)
    links.set(name, found)
    return found
  }

  function connect(node: SimulatedNode, server: SimulatedRedis, options: SimulatedClientOptions): SimulatedClient {
    return new SimulatedClient(
      {
        node,
        dice: new Dice(seed, 2, node.id, server.id),
        onUnheardError: (error) => unheard.push(error),
        dial(listener) {
          const network = link(node.id, server.id)
          const connection = new SimulatedConnection(node, server, network, listener, (gone) =>
            connections.delete(gone),
          )
          connections.add(connection)
          return connection
        },
      },
      options,
    )
  }

  return {
    seed,
    dice: new Dice(seed),
    get nowMs() {
      return agenda.nowMs
    },
    get pending() {
      return agenda.size
    },
    nodes,
    servers,
    unheard,
    addNode,
    link,
    createClient: (node, options = {}) => connect(node, servers[0] as SimulatedRedis, options),
    createClusterClient: (node, options) =>
      new SimulatedClusterClient(
        {
          node,
          connect: servers.map((server) => (each) => connect(node, server, each)),
          dice: new Dice(seed, 3, node.id),
        },
        options,
      ),
    drop(node, server, inFlight) {
      for (const connection of [...connections]) {
        if (connection.node.id === node && connection.server.id === server) connection.drop(inFlight)
      }
    },
    after: (delayMs, run) => agenda.at(agenda.nowMs + delayMs, run).cancel,
    async step() {
      let happened: boolean | undefined
      await doAll(() => {
        if (happened !== undefined) return 'end'
        happened = agenda.runNext()
        return 'turn'
      })
      return happened ?? false
    },
    run(forMs) {
      const untilMs = agenda.nowMs + forMs
      return doAll(() => {
        agenda.wantsTurn = false
        return agenda.runNext(untilMs) ? (agenda.wantsTurn ? 'turn' : 'tick') : 'end'
      })
    },
    async close() {
      for (const node of nodes) node.kill()
      await doAll(() => 'end')
      agenda.clear()
    },
  }
}
