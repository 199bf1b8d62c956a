import type { CachePlan } from '../src/lib/testing/explore/plan.ts'

/** A fault to put into the cache or its shared tier. */
export interface Mutant {
  readonly name: string
  /** In `src/lib`. */
  readonly file: string
  /** What is there, exactly once. */
  readonly from: string
  readonly to: string
  /** What makes it show more often than at random. */
  readonly plan?: Partial<CachePlan> | undefined
}

/** Faults of the protocol in the processes. Each one must be found. */
export const mutants: readonly Mutant[] = []
