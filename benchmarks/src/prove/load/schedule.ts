import { createSchedule } from '../../load/schedule.ts'
import type { Stretch } from '../messages.ts'

/**
 * Plans when requests are due, independently of each other as those of many users are.
 *
 * @param stretches One after the other.
 * @param seed The same one gives the same plan.
 * @returns Milliseconds from the beginning, ascending.
 */
export function scheduleStretches(stretches: readonly Stretch[], seed: number): Float64Array {
  const all: number[] = []
  let beganMs = 0
  for (const [index, { ratePerSecond, durationMs }] of stretches.entries()) {
    if (ratePerSecond > 0)
      for (const startMs of createSchedule({ ratePerSecond, durationMs, arrivals: 'poisson', seed: seed + index }))
        all.push(beganMs + startMs)
    beganMs += durationMs
  }
  return Float64Array.from(all)
}
