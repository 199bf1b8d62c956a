import type { Mutation, Position } from '../shared/tier.ts'
import { type LogEntry, toMutation } from './mutations.ts'

/**
 * How far a log was read.
 *
 * What arrives by waiting is told at once, but may be of another history: the log may have been deleted and begun anew while
 * somebody waited for its next entry. So it counts only once the log was seen to lead from what is certain to what was told.
 */
export interface LogCursor {
  /** Up to where the log is certain to be the one that is followed. */
  readonly verified: Position
  /** Up to where its changes were told. */
  readonly told: Position
  /**
   * Takes a part of the log.
   *
   * @param entries From `verified` on, which must be the first one.
   * @param isWhole Whether they go on to the end of the log.
   * @returns Changes to tell, or `undefined` if this is another history.
   */
  verify(entries: readonly LogEntry[], isWhole: boolean): readonly Mutation[] | undefined
  /**
   * Takes what came after something was waited for.
   *
   * @param entries The entries.
   * @returns Changes to tell, or `undefined` if some are missing in between.
   */
  hear(entries: readonly LogEntry[]): readonly Mutation[] | undefined
}

/**
 * Begins to read a log.
 *
 * @param start An entry of it. What comes after it is to be told.
 */
export function createLogCursor(start: Position): LogCursor {
  let verified = start
  let told = start
  let unverified: Position[] = []

  /** Adds what follows `told` without a gap. */
  function take(entry: LogEntry, mutations: Mutation[]): boolean {
    const mutation = toMutation(entry)
    if (mutation?.position.seq !== told.seq + 1) return false
    told = mutation.position
    mutations.push(mutation)
    return true
  }

  return {
    get verified() {
      return verified
    },
    get told() {
      return told
    },
    verify(entries, isWhole) {
      if (entries[0]?.[0] !== verified.id) return undefined
      const mutations: Mutation[] = []
      let matched = 0
      for (const entry of entries.slice(1)) {
        const expected = unverified[matched]
        if (expected === undefined) {
          if (!take(entry, mutations)) return undefined
          verified = told
        } else {
          if (entry[0] !== expected.id) return undefined
          verified = expected
          matched++
        }
      }
      unverified = unverified.slice(matched)
      return isWhole && unverified.length > 0 ? undefined : mutations
    },
    hear(entries) {
      const mutations: Mutation[] = []
      for (const entry of entries) {
        // It was waited for from an earlier place, and the log was read since.
        if (Number.parseInt(entry[0], 10) <= told.seq) continue
        if (!take(entry, mutations)) return undefined
        unverified.push(told)
      }
      return mutations
    },
  }
}
