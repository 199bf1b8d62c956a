import type { LeaseRequest } from '../shared/tier.ts'
import type { Flight } from './flight.ts'
import type { Loader } from './load-context.ts'

/** How a flight can go on and end, for those who look into the shared tier on its behalf. */
export interface Landing {
  /** Calls the loader. With a lease, what it returns goes to the shared tier as well. */
  call(flight: Flight, loader: Loader<unknown>, lease?: LeaseRequest): void
  /** Answers callers with what another process had. */
  answer(flight: Flight, value: unknown): void
  /**
   * Answers them with what the shared tier tells of a failure.
   *
   * @param id Which one it is: one that is known here is not told a second time.
   */
  failElsewhere(flight: Flight, error: unknown, id: string | undefined): void
  /** Nothing was found in any layer. */
  countMiss(flight: Flight): void
  /** A stale value was found: callers need not wait longer than their soft limit. */
  limitWait(flight: Flight): void
  /** Another process loads: callers need not wait longer for that, and for an own load after it, than for a load. */
  limitPatience(flight: Flight, nowMs: number): void
}
