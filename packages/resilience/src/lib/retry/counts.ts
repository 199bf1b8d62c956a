import type { Measurement } from '@breakwater/core'
import { counter, gauge, labelled } from '../measurements.ts'

/** How a call through a retry ended. */
export type RetryOutcome =
  | 'success'
  | 'success-after-retry'
  | 'attempts-exhausted'
  | 'not-retryable'
  | 'budget-exhausted'
  | 'retry-after-too-long'
  | 'abandoned'

/** What a retry counts. */
export class RetryCounts {
  /** Attempts after the first that ended. */
  retries = 0
  readonly ended: Record<RetryOutcome, number> = {
    success: 0,
    'success-after-retry': 0,
    'attempts-exhausted': 0,
    'not-retryable': 0,
    'budget-exhausted': 0,
    'retry-after-too-long': 0,
    abandoned: 0,
  }
}

/**
 * The numbers of a retry.
 *
 * @param counts What was counted.
 * @param balance Retries that its budget allows; infinite without one.
 */
export function measureRetry(counts: RetryCounts, balance: number): readonly Measurement[] {
  const help = 'Calls that ended, by how, or by why they were not tried again'
  return [
    ...labelled(counter, 'retry_calls_total', help, 'outcome', counts.ended),
    counter('retry_retries_total', 'Attempts after the first one of a call that were made and ended', counts.retries),
    ...(balance === Infinity ? [] : [gauge('retry_balance', 'Retries that the budget allows right now', balance)]),
  ]
}
