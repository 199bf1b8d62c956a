import type { Clock } from '@breakwater/core'
import type { RedisClient } from '../redis/redis-client.ts'
import { createWorld, type World } from './simulated-network.ts'
import type { SimulatedNode } from './simulated-node.ts'
import { createMeddler, drawWorldAction, type WorldAction } from './world-actions.ts'

/** Options of {@link createSimulation}. */
export interface SimulationOptions {
  /** Repeats a simulation: the same seed, and the same done to it, give the same run. Any integer. */
  readonly seed: number
  /**
   * Processes, numbered from 0.
   *
   * @defaultValue `3`
   */
  readonly processes?: number | undefined
  /**
   * Servers, numbered from 0. More than one are the masters of a cluster.
   *
   * @defaultValue `1`
   */
  readonly servers?: number | undefined
}

/** A process in a simulation. */
export interface SimulatedProcess {
  /** Its number. */
  readonly id: number
  /** Its clock, for everything that is created in it. */
  readonly clock: Clock
  /** Creates a client of the server, or of the cluster, as ioredis would be: for `createRedisTier`. */
  connect(): RedisClient
  /**
   * Runs code of this process: at once, or when it is thawed.
   *
   * @param task The code.
   */
  run(task: () => void): void
  /** Ends it without a word, as SIGKILL does. */
  kill(): void
}

/** Processes, Redis and a network in virtual time. Nothing in it comes from the machine's clocks, timers or random numbers. */
export interface Simulation {
  /** What repeats it. */
  readonly seed: number
  /** Virtual milliseconds since the start. */
  readonly nowMs: number
  /** All processes that ever were, by number. */
  readonly processes: readonly SimulatedProcess[]
  /** Adds a process. */
  addProcess(): SimulatedProcess
  /**
   * Lets time pass, with everything that happens in it.
   *
   * @param forMs Virtual milliseconds.
   */
  run(forMs: number): Promise<void>
  /**
   * Does something to it: cuts links, holds messages up, freezes processes, kills the server, and so on.
   *
   * @param action What.
   */
  apply(action: WorldAction): Promise<void>
  /** Makes an action up, from the seed. */
  draw(): WorldAction
  /** Ends everything that lasts: nothing is held, frozen, paused or down any more. */
  heal(): void
  /** Ends all processes and calls everything off. */
  close(): Promise<void>
}

/**
 * Creates a simulation: what the schedules of this package are explored in, for tests of your own.
 *
 * @param options How large it is, and what repeats it.
 * @throws {RangeError} If a number is out of its range.
 *
 * @example
 * ```ts
 * const simulation = createSimulation({ seed: 1, processes: 2 })
 * const [one, other] = simulation.processes.map((process) =>
 *   createCache({ name: 'users', shared: createRedisTier(process.connect()), clock: process.clock }),
 * )
 * await simulation.run(100)
 * await simulation.apply({ do: 'pause', server: 0, forMs: 2_000 })
 * ```
 */
export function createSimulation({ seed, processes: count = 3, servers = 1 }: SimulationOptions): Simulation {
  const world = createWorld({ seed, nodes: count, servers })
  const meddler = createMeddler(world)
  const processes = world.nodes.map((node) => toProcess(world, node, servers))
  return {
    seed,
    get nowMs() {
      return world.nowMs
    },
    processes,
    addProcess() {
      const added = toProcess(world, world.addNode(), servers)
      processes.push(added)
      return added
    },
    run: world.run,
    apply: meddler.apply,
    draw: () => drawWorldAction(world.dice, world),
    heal: meddler.heal,
    close: world.close,
  }
}

function toProcess(world: World, node: SimulatedNode, servers: number): SimulatedProcess {
  return {
    id: node.id,
    clock: node.clock,
    connect: () => (servers > 1 ? world.createClusterClient(node) : world.createClient(node)),
    run: (task) => node.run(task),
    kill: () => node.kill(),
  }
}
