import { findScenario } from '../scenarios/all.ts'
import type { RunReport } from './report.ts'

/**
 * Says when a subject could be gone at the earliest, if it keeps to what it promises: after the longest of the time that it
 * goes on as before, its last answer, and the time that it lingers. What is torn down adds nothing, as the only hook of a
 * subject ends at once; one that was told not to has no floor but its own limit.
 *
 * @param report A run.
 * @param lingerMs Milliseconds for which the subject keeps idle connections.
 * @returns Milliseconds from the signal.
 */
export function floorMs({ scenario, lastAnswerMs = 0 }: RunReport, lingerMs: number): number {
  const servesForMs = Number(findScenario(scenario).env?.SUBJECT_DELAY_MS ?? 0)
  return Math.max(servesForMs, lastAnswerMs, lingerMs)
}
