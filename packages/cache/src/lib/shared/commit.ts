import type { Clock } from '@breakwater/core'
import { TierUnavailableError } from '../errors.ts'
import type { Timeline } from '../timeline.ts'
import type { Position } from './tier.ts'

/**
 * Makes a change and notes it.
 *
 * A change comes after all that was known before it. If it does not, or another history began meanwhile, a failover came
 * between, and nobody can say on which side of it the change is: it is as good as not answered.
 */
export async function commit(clock: Clock, timeline: Timeline, change: () => Promise<Position>): Promise<Position> {
  const { epoch, head } = timeline
  const position = await change()
  if (timeline.epoch !== epoch || position.seq <= head.seq) throw new TierUnavailableError('its history changed')
  timeline.note(position, clock.now())
  return position
}
