import type { Dice } from '../../src/lib/testing/dice.ts'
import type { WorldAction } from '../../src/lib/testing/world-actions.ts'
import type { CachePlan } from './plan.ts'
import { CACHE_TROUBLES, type CacheStep, drawStep, KEYS, type ReadStep, type WriteStep } from './steps.ts'

/** What a scene plays with. */
interface Cast {
  readonly dice: Dice
  /** A process, and another one. */
  readonly node: number
  readonly other: number
  /** A key, and the next one. */
  readonly key: number
  readonly next: number
}

/** What a scene is called. */
export type SceneName = 'newcomer' | 'sleeper' | 'laggard' | 'absentee' | 'forgetting' | 'renumbered'

/** Several steps that chance alone would seldom put side by side. Each of them is a step like all others. */
interface Scene {
  /** What has to be allowed to go wrong. */
  readonly needs: readonly WorldAction['do'][]
  draw(cast: Cast): readonly CacheStep[]
}

const CHANGES = ['delete', 'set', 'tag', 'both', 'clear'] as const

/** A process sets a value before it has met the log, while another one changes the same. */
const NEWCOMER: Scene = {
  needs: [],
  draw: ({ dice, node, other, key }) => [
    { do: 'kill', node },
    wait(dice, 0, 0, 1, 2, 5),
    write('set', node, key),
    wait(dice, 0, 0, 1, 2, 5),
    write(dice.pick(CHANGES), other, key),
    wait(dice, 5, 20, 100),
    read('get', other, key),
  ],
}

/** A process is stopped while its loader runs, and something changes meanwhile: it wakes with what it read before. */
const SLEEPER: Scene = {
  needs: ['freeze'],
  draw: ({ dice, node, other, key }) => [
    load(dice, node, key, 1, 5, 40),
    wait(dice, 5, 20),
    { do: 'freeze', node, forMs: dice.pick([100, 300, 4_000]) },
    wait(dice, 20, 100),
    write(dice.pick(CHANGES), other, key),
    wait(dice, 100, 400),
    read('getOrSet', other, key),
    wait(dice, 20, 400),
    read('get', dice.pick([node, other]), key),
  ],
}

/** A process hears late, and not in order, of a change by another one, and of what it does itself. */
const LAGGARD: Scene = {
  needs: ['slow'],
  draw: ({ dice, node, other, key }) => [
    load(dice, other, key, 0),
    wait(dice, 20),
    slow(node, dice.pick([50, 200])),
    dice.pick([load(dice, node, key, 5, 40), read('get', node, key), write('set', node, key), write('set', node, key)]),
    wait(dice, 5, 20, 40, 100),
    write(dice.pick(CHANGES), other, key),
    wait(dice, 20, 100, 400),
    read('get', other, key),
  ],
}

/** A process cannot be reached for a while, in which something changes. */
const ABSENTEE: Scene = {
  needs: ['refuse'],
  draw: ({ dice, node, other, key }) => [
    load(dice, node, key, 0),
    wait(dice, 20),
    { do: 'refuse', node, server: 0, forMs: dice.pick([20, 100, 600, 4_000]) },
    wait(dice, 0, 5, 20),
    write(dice.pick(CHANGES), other, key),
    wait(dice, 400, 1_200),
    read(dice.pick(['get', 'peek']), node, key),
  ],
}

/**
 * A server begins again without a change that its process has an answer for. If it hears late, it may not have read of the change in the
 * log.
 */
const FORGETTING: Scene = {
  needs: ['slow', 'drop', 'snapshot', 'crash'],
  draw({ dice, node, other, key }) {
    const isLate = dice.chance(0.7)
    return [
      load(dice, other, key, 0),
      wait(dice, 20),
      { do: 'snapshot', server: 0 },
      ...(isLate ? [slow(node, 50)] : []),
      write(dice.pick(['delete', 'tag', 'clear'] as const), node, key),
      wait(dice, 20, 40, 60),
      ...(isLate ? [{ do: 'drop', node, server: 0, inFlight: 'lost' } as const] : []),
      restart(dice, 1, 20),
      wait(dice, 400),
      read('get', other, key),
    ]
  },
}

/**
 * A server begins again with a lease, and without a change that was known when the loader was called. The next change has the number
 * of that one, and who loads may hear late that its history is over.
 */
const RENUMBERED: Scene = {
  needs: ['slow', 'snapshot', 'crash'],
  draw: ({ dice, node, other, key, next }) => [
    slow(node, 50),
    load(dice, node, key, 300),
    wait(dice, 20, 40),
    { do: 'snapshot', server: 0 },
    write('delete', other, next),
    wait(dice, 40, 60),
    { do: 'kill', node: other },
    restart(dice, 60, 140),
    wait(dice, 100, 200),
    write('tag', other, key),
    wait(dice, 400),
    read('get', other, key),
  ],
}

const SCENES: { readonly [name in SceneName]: Scene } = {
  newcomer: NEWCOMER,
  sleeper: SLEEPER,
  laggard: LAGGARD,
  absentee: ABSENTEE,
  forgetting: FORGETTING,
  renumbered: RENUMBERED,
}

/** How often a scene is made up in the place of a step. */
const OFTEN = 0.03

/** What {@link drawSteps} makes up. */
export interface StepsWanted {
  /** The plan of their schedule. */
  readonly plan: CachePlan
  /** How many, besides the scene; a few more if the last ones belong together. */
  readonly count: number
  /** What may go wrong, each as often as it is named. */
  readonly troubles?: readonly WorldAction['do'][] | undefined
  /** A scene that is in the middle of them, whatever may go wrong. */
  readonly scene?: SceneName | undefined
}

/**
 * Makes steps up.
 *
 * @param dice What decides.
 * @param wanted How many, and of which kinds.
 */
export function drawSteps(
  dice: Dice,
  { plan, count, troubles = CACHE_TROUBLES, scene }: StepsWanted,
): readonly CacheStep[] {
  const possible = plan.isCalm
    ? []
    : Object.values(SCENES).filter(({ needs }) => needs.every((kind) => troubles.includes(kind)))
  const steps: CacheStep[] = []
  let isMissing = scene !== undefined
  while (steps.length < count || isMissing) {
    if (isMissing && steps.length * 2 >= count) {
      steps.push(...perform(SCENES[scene as SceneName], dice, plan))
      isMissing = false
    } else if (possible.length > 0 && dice.chance(OFTEN)) steps.push(...perform(dice.pick(possible), dice, plan))
    else steps.push(drawStep(dice, plan, troubles))
  }
  return steps
}

function perform(scene: Scene, dice: Dice, plan: CachePlan): readonly CacheStep[] {
  const node = dice.between(0, plan.nodes - 1)
  const other = (node + dice.between(1, plan.nodes - 1)) % plan.nodes
  const key = dice.between(0, KEYS - 1)
  return scene.draw({ dice, node, other, key, next: (key + 1) % KEYS })
}

function wait(dice: Dice, ...ms: readonly number[]): CacheStep {
  return { do: 'wait', ms: dice.pick(ms) }
}

function slow(node: number, mostMs: number): CacheStep {
  return { do: 'slow', node, server: 0, mostMs, forMs: 300 }
}

function restart(dice: Dice, ...forMs: readonly number[]): CacheStep {
  return { do: 'crash', server: 0, isSilent: false, forMs: dice.pick(forMs), data: 'snapshot' }
}

function load(dice: Dice, node: number, key: number, ...afterMs: readonly number[]): ReadStep {
  return { ...read('getOrSet', node, key), afterMs: dice.pick(afterMs), tagsInside: dice.chance(0.3) }
}

function read(how: ReadStep['how'], node: number, key: number): ReadStep {
  return { do: 'read', how, node, key, beforeMs: 0, afterMs: 0, end: 'value', tagsInside: false }
}

function write(how: WriteStep['how'], node: number, key: number): WriteStep {
  return { do: 'write', how, node, key, isNew: true }
}
