import type { Measurement } from '@breakwater/core'

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
    ...Object.entries(counts.ended).map(
      ([outcome, value]): Measurement => ({
        name: 'retry_calls_total',
        help,
        kind: 'counter',
        labels: { outcome },
        value,
      }),
    ),
    {
      name: 'retry_retries_total',
      help: 'Attempts after the first one of a call that were made and ended',
      kind: 'counter',
      value: counts.retries,
    },
    ...(balance === Infinity
      ? []
      : [
          {
            name: 'retry_balance',
            help: 'Retries that the budget allows right now',
            kind: 'gauge',
            value: balance,
          } satisfies Measurement,
        ]),
  ]
}
