import { isDeepStrictEqual } from 'node:util'
import { entriesOf } from './group.ts'
import type { MicroGroup } from './micro/subject.ts'

/**
 * Finds out whether everything in a group gives the same results. What does something else is not measured.
 *
 * @param group The group.
 * @returns Rejects with an error that names the first subject that does not.
 */
export async function verifyMicro(group: MicroGroup): Promise<void> {
  for (const { name, subject } of entriesOf(group)) {
    const workload = subject.create()
    try {
      assertSame(`"${name}" in group "${group.id}"`, await workload.check(), group.expected, group.withinRatio)
    } finally {
      workload.close?.()
    }
  }
}

/**
 * Compares a result with what is expected.
 *
 * @param whose What gave it.
 * @param result What it gave.
 * @param expected What it should have given.
 * @param withinRatio How far numbers may be off.
 * @throws {Error} If they differ.
 */
export function assertSame(whose: string, result: unknown, expected: unknown, withinRatio = 0): void {
  if (isSame(result, expected, withinRatio)) return
  throw new Error(`Cannot compare ${whose} as it gives ${JSON.stringify(result)}, not ${JSON.stringify(expected)}`)
}

function isSame(result: unknown, expected: unknown, withinRatio: number): boolean {
  if (typeof result === 'number' && typeof expected === 'number')
    return Object.is(result, expected) || Math.abs(result - expected) <= withinRatio * Math.abs(expected)
  if (Array.isArray(result) && Array.isArray(expected))
    return result.length === expected.length && result.every((item, i) => isSame(item, expected[i], withinRatio))
  return isDeepStrictEqual(result, expected)
}
