import { positiveInteger, positiveNumber } from '@breakwater/core'

/** How many processes are wanted. */
export interface ScaleOptions {
  /**
   * How much of what a process can do should be asked of it.
   *
   * @defaultValue `0.7`, our choice: what is left takes the load of one in three that goes, or of a burst
   */
  readonly targetRatio?: number | undefined
  /**
   * How many processes share the load now: a number, or what finds it out. Called at each sample: be quick.
   *
   * @defaultValue `1`: how many this one alone stands for
   */
  readonly replicas?: number | (() => number) | undefined
  /**
   * The least that is wanted.
   *
   * @defaultValue `1`
   */
  readonly minReplicas?: number | undefined
  /**
   * The most that is wanted.
   *
   * @defaultValue `1_000`, our choice
   */
  readonly maxReplicas?: number | undefined
}

/** The options as they hold. */
export interface ResolvedScaleOptions {
  /** How much should be asked of a process. */
  readonly targetRatio: number
  /** Finds out how many there are. */
  readonly replicas: () => number
  /** The least that is wanted. */
  readonly minReplicas: number
  /** The most that is wanted. */
  readonly maxReplicas: number
}

/**
 * Checks and completes the options.
 *
 * @param options What was given.
 * @throws {TypeError | RangeError} If one of them is wrong, naming it.
 */
export function resolveScaleOptions({
  targetRatio = 0.7,
  replicas = 1,
  minReplicas = 1,
  maxReplicas = 1_000,
}: ScaleOptions): ResolvedScaleOptions {
  if (positiveNumber('scale.targetRatio', targetRatio) > 1)
    throw new RangeError(`Expected \`scale.targetRatio\` to be at most 1, got ${targetRatio}`)
  positiveInteger('scale.minReplicas', minReplicas)
  if (positiveInteger('scale.maxReplicas', maxReplicas) < minReplicas)
    throw new RangeError(`Expected \`scale.maxReplicas\` to be at least \`minReplicas\`, got ${maxReplicas}`)
  if (typeof replicas !== 'function') positiveInteger('scale.replicas', replicas)
  const count = typeof replicas === 'function' ? replicas : () => replicas
  return { targetRatio, replicas: () => positiveInteger('scale.replicas', count()), minReplicas, maxReplicas }
}
