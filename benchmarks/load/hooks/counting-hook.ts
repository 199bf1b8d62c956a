import type { HttpHook } from '@breakwater/core'

/** Hooks that do as little as they can, and how often they were called. */
export interface CountingHooks {
  /** Each an object of its own, as each feature's is. */
  readonly hooks: readonly HttpHook[]
  /** Calls so far, of all of them. */
  calls(): number
}

/** Phases that each of the hooks uses. */
export const PHASES = 3

/**
 * Creates hooks that count.
 *
 * @param count How many.
 */
export function createCountingHooks(count: number): CountingHooks {
  let calls = 0
  const create = (): HttpHook => ({
    onStart() {
      calls++
      return undefined
    },
    onHead() {
      calls++
    },
    onEnd() {
      calls++
    },
  })
  return { hooks: Array.from({ length: count }, create), calls: () => calls }
}
