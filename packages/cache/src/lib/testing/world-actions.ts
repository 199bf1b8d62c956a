import type { Dice } from './dice.ts'
import type { Way } from './link.ts'
import type { InFlight } from './simulated-connection.ts'
import type { World } from './simulated-network.ts'
import type { RestartData } from './simulated-redis.ts'

/**
 * Something that happens to a world: data, so that it can be written down, repeated and left out. What lasts ends by itself, so
 * that any part of a list of actions is one, too. Numbers of nodes and servers are counted round and round.
 */
export type WorldAction =
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'drop'; readonly node: number; readonly server: number; readonly inFlight: InFlight }
  | {
      readonly do: 'hold'
      readonly node: number
      readonly server: number
      readonly way: Way | 'both'
      readonly forMs: number
    }
  | { readonly do: 'refuse'; readonly node: number; readonly server: number; readonly forMs: number }
  | {
      readonly do: 'slow'
      readonly node: number
      readonly server: number
      readonly mostMs: number
      readonly forMs: number
    }
  | { readonly do: 'freeze'; readonly node: number; readonly forMs: number }
  | { readonly do: 'set wall clock'; readonly node: number; readonly byMs: number }
  | { readonly do: 'pause'; readonly server: number; readonly forMs: number }
  | {
      readonly do: 'crash'
      readonly server: number
      readonly isSilent: boolean
      readonly forMs: number
      readonly data: RestartData
    }
  | { readonly do: 'snapshot'; readonly server: number }
  | { readonly do: 'close sessions'; readonly server: number }
  | { readonly do: 'forget scripts'; readonly server: number }
  | { readonly do: 'trim'; readonly server: number; readonly keep: number }
  | { readonly do: 'evict'; readonly server: number; readonly index: number }
  | { readonly do: 'jump time'; readonly server: number; readonly byMs: number }
  | { readonly do: 'flush'; readonly server: number }

/** The names of all actions. */
export const WORLD_ACTIONS: readonly WorldAction['do'][] = [
  'wait',
  'drop',
  'hold',
  'refuse',
  'slow',
  'freeze',
  'set wall clock',
  'pause',
  'crash',
  'snapshot',
  'close sessions',
  'forget scripts',
  'trim',
  'evict',
  'jump time',
  'flush',
]

/** Does things to a world. */
export interface Meddler {
  /** Does one. Only `wait` takes time. */
  apply(action: WorldAction): Promise<void>
  /** Ends everything that lasts: nothing is held, frozen, paused or down any more. */
  heal(): void
}

/**
 * Does actions to a world.
 *
 * @param world Which one.
 */
export function createMeddler(world: World): Meddler {
  /** What ends the things that last. */
  const lasting = new Set<() => void>()

  /** Ends it after a time, or when everything is healed, whichever comes first. */
  function last(forMs: number, end: () => void): void {
    const finish = (): void => {
      lasting.delete(finish)
      cancel()
      end()
    }
    const cancel = world.after(forMs, finish)
    lasting.add(finish)
  }

  function onServer(action: Extract<WorldAction, { server: number }>): void {
    const server = pick(world.servers, action.server)
    switch (action.do) {
      case 'pause':
        server.pause()
        return last(action.forMs, () => server.resume())
      case 'crash':
        server.crash(action.isSilent)
        return last(action.forMs, () => server.start(action.data))
      case 'snapshot':
        return server.takeSnapshot()
      case 'close sessions':
        return server.closeSessions()
      case 'forget scripts':
        return server.forgetScripts()
      case 'trim':
        return server.trim(action.keep)
      case 'evict':
        return void server.evict(action.index)
      case 'jump time':
        return server.jumpTime(action.byMs)
      case 'flush':
        return void server.call('flushall')
      default:
        return onLink(action, server.id)
    }
  }

  function onLink(action: Extract<WorldAction, { node: number; server: number }>, server: number): void {
    const node = pick(world.nodes, action.node).id
    const link = world.link(node, server)
    switch (action.do) {
      case 'drop':
        return world.drop(node, server, action.inFlight)
      case 'hold': {
        const ways: readonly Way[] = action.way === 'both' ? ['requests', 'replies'] : [action.way]
        for (const way of ways) link.hold(way)
        return last(action.forMs, () => {
          for (const way of ways) link.release(way)
        })
      }
      case 'refuse':
        link.refusals++
        world.drop(node, server, 'lost')
        return last(action.forMs, () => {
          link.refusals--
        })
      case 'slow':
        return last(action.forMs, link.slow(action.mostMs))
    }
  }

  return {
    async apply(action) {
      if (action.do === 'wait') await world.run(action.ms)
      else if (action.do === 'freeze') {
        const node = pick(world.nodes, action.node)
        node.freeze()
        last(action.forMs, () => node.thaw())
      } else if (action.do === 'set wall clock') pick(world.nodes, action.node).jumpEpoch(action.byMs)
      else onServer(action)
    },
    heal() {
      for (const finish of [...lasting]) finish()
    },
  }
}

function pick<item>(items: readonly item[], index: number): item {
  return items[index % items.length] as item
}

const HOUR_MS = 3_600_000

/**
 * Makes an action up.
 *
 * @param dice What decides.
 * @param world Which one it is for.
 * @param among The kinds that it may be, each as often as it is named.
 */
export function drawWorldAction(
  dice: Dice,
  world: Pick<World, 'nodes' | 'servers'>,
  among: readonly WorldAction['do'][] = WORLD_ACTIONS,
): WorldAction {
  const kind = dice.pick(among)
  const node = dice.between(0, Math.max(world.nodes.length - 1, 0))
  const server = dice.between(0, world.servers.length - 1)
  const forMs = dice.pick([1, 5, 20, 100, 300, 600, 1_500, 4_000])
  switch (kind) {
    case 'wait':
      return { do: kind, ms: dice.pick([0, 1, 2, 5, 10, 50, 150, 300, 1_200]) }
    case 'drop':
      return { do: kind, node, server, inFlight: dice.pick(['lost', 'executed', 'late', 'half']) }
    case 'hold':
      return { do: kind, node, server, way: dice.pick(['requests', 'replies', 'both']), forMs }
    case 'refuse':
      return { do: kind, node, server, forMs }
    case 'slow':
      return { do: kind, node, server, mostMs: dice.pick([10, 50, 200, 600]), forMs }
    case 'freeze':
      return { do: kind, node, forMs }
    case 'set wall clock':
      return { do: kind, node, byMs: dice.pick([-HOUR_MS, -1_000, 1_000, HOUR_MS]) }
    case 'pause':
      return { do: kind, server, forMs }
    case 'crash':
      return {
        do: kind,
        server,
        isSilent: dice.chance(0.3),
        forMs,
        data: dice.pick(['everything', 'nothing', 'snapshot']),
      }
    case 'trim':
      return { do: kind, server, keep: dice.pick([0, 1, 2, 5]) }
    case 'evict':
      return { do: kind, server, index: dice.between(0, 99) }
    case 'jump time':
      return { do: kind, server, byMs: dice.pick([-HOUR_MS, -1_000, 1_000, HOUR_MS]) }
    default:
      return { do: kind, server }
  }
}

/**
 * Plainer actions that could stand in the place of one, the plainest first.
 *
 * @param action Which one.
 */
export function plainerActions(action: WorldAction): readonly WorldAction[] {
  switch (action.do) {
    case 'wait':
      return shorter(action.ms).map((ms) => ({ ...action, ms }))
    case 'drop':
      return action.inFlight === 'lost' ? [] : [{ ...action, inFlight: 'lost' }]
    case 'crash':
      return [
        ...(action.isSilent ? [{ ...action, isSilent: false }] : []),
        ...shorter(action.forMs).map((forMs) => ({ ...action, forMs })),
      ]
    case 'hold':
    case 'refuse':
    case 'slow':
    case 'freeze':
    case 'pause':
      return shorter(action.forMs).map((forMs) => ({ ...action, forMs }))
    case 'set wall clock':
    case 'jump time':
      return Math.abs(action.byMs) > 1 ? [{ ...action, byMs: Math.trunc(action.byMs / 10) }] : []
    case 'evict':
      return action.index === 0 ? [] : [{ ...action, index: 0 }]
    default:
      return []
  }
}

function shorter(ms: number): readonly number[] {
  return [0, 1, Math.floor(ms / 2)].filter((less, index, all) => less < ms && all.indexOf(less) === index)
}
