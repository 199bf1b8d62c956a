import type { Dice } from '../../src/lib/testing/dice.ts'
import {
  drawWorldAction,
  plainerActions,
  WORLD_ACTIONS,
  type WorldAction,
} from '../../src/lib/testing/world-actions.ts'
import type { CachePlan } from './plan.ts'

/** Keys of a schedule: `k0`, `k1` and so on. */
export const KEYS = 3
/** Tags of a schedule. */
export const TAGS = 2

/** A key's name. */
export function toKey(key: number): string {
  return `k${key}`
}

/** The tags of a key. */
export function toTagsOf(key: number): readonly string[] {
  return [`t${key % TAGS}`]
}

/** What a loader does. */
export interface LoaderPlan {
  /** Milliseconds before it reads the source. */
  readonly beforeMs: number
  /** Milliseconds after that. */
  readonly afterMs: number
  /** How it ends. */
  readonly end: 'value' | 'throw' | 'hang'
  /** Whether its tags are chosen inside of it. */
  readonly tagsInside: boolean
}

/** A caller reads. Those of several keys read the next one, too. */
export interface ReadStep extends LoaderPlan {
  readonly do: 'read'
  readonly how: 'getOrSet' | 'get' | 'peek' | 'getMany' | 'getOrSetMany'
  readonly node: number
  readonly key: number
}

/** Somebody changes the source, or not, and tells the cache. */
export interface WriteStep {
  readonly do: 'write'
  readonly how: 'delete' | 'set' | 'deleteMany' | 'tag' | 'both' | 'clear'
  readonly node: number
  readonly key: number
  /** Whether the source changes before. */
  readonly isNew: boolean
}

/** A process ends, and another one begins in its place: `kill` without a word, `leave` in order. */
export interface NodeStep {
  readonly do: 'kill' | 'leave'
  readonly node: number
}

/** What happens in a schedule: data, so that it can be written down, repeated and left out. */
export type CacheStep = ReadStep | WriteStep | NodeStep | WorldAction

/** What goes wrong in worlds, each as often as it is named. */
export const CACHE_TROUBLES: readonly WorldAction['do'][] = [
  ...WORLD_ACTIONS.filter((kind) => kind !== 'wait'),
  'drop',
  'drop',
  'hold',
  'slow',
  'freeze',
]

/**
 * Makes a step up.
 *
 * @param dice What decides.
 * @param plan The plan of its schedule.
 * @param troubles What may go wrong, each as often as it is named.
 */
export function drawStep(dice: Dice, plan: CachePlan, troubles: readonly WorldAction['do'][]): CacheStep {
  const node = dice.between(0, plan.nodes - 1)
  const key = dice.between(0, KEYS - 1)
  const chance = dice.next()
  if (chance < 0.36)
    return {
      do: 'read',
      how: dice.pick(['getOrSet', 'getOrSet', 'getOrSet', 'get', 'peek', 'getMany', 'getOrSetMany']),
      node,
      key,
      beforeMs: dice.pick([0, 0, 1, 5, 40]),
      afterMs: dice.pick([0, 1, 5, 40, 300]),
      end: dice.pick(['value', 'value', 'value', 'value', 'value', 'value', 'value', 'value', 'throw', 'hang']),
      tagsInside: dice.chance(0.3),
    }
  if (chance < 0.6) {
    const how = dice.pick(['delete', 'delete', 'set', 'set', 'deleteMany', 'tag', 'both', 'clear'] as const)
    return { do: 'write', how, node, key, isNew: dice.chance(0.85) }
  }
  if (chance < 0.83 || plan.isCalm || troubles.length === 0)
    return { do: 'wait', ms: dice.pick([0, 1, 2, 5, 20, 100, 400]) }
  if (chance < 0.85) return { do: dice.pick(['kill', 'kill', 'leave']), node }
  return drawWorldAction(dice, { nodes: { length: plan.nodes }, servers: { length: 1 } } as never, troubles)
}

/**
 * Plainer steps that could stand in the place of one, the plainest first.
 *
 * @param step Which one.
 */
export function plainerSteps(step: CacheStep): readonly CacheStep[] {
  switch (step.do) {
    case 'read':
      return [
        ...(step.how === 'getOrSetMany' ? [{ ...step, how: 'getOrSet' as const }] : []),
        ...(step.how === 'getMany' ? [{ ...step, how: 'get' as const }] : []),
        ...(step.end === 'value' ? [] : [{ ...step, end: 'value' as const }]),
        ...(step.tagsInside ? [{ ...step, tagsInside: false }] : []),
        ...(step.beforeMs > 0 ? [{ ...step, beforeMs: 0 }] : []),
        ...(step.afterMs > 0 ? [{ ...step, afterMs: 0 }] : []),
      ]
    case 'write':
      return step.how === 'delete' ? [] : [{ ...step, how: 'delete' }]
    case 'leave':
      return [{ ...step, do: 'kill' }]
    case 'kill':
      return []
    default:
      return plainerActions(step)
  }
}
