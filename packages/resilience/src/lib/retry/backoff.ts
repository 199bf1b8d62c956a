/**
 * How waits grow. `full-jitter`: anything between nothing and an exponentially growing limit. `decorrelated-jitter`: anything
 * between the base and a multiple of the wait before. `exponential`: the growing limit itself, the same for everybody.
 *
 * @see AWS Architecture Blog, "Exponential Backoff And Jitter", which has the first two and why the third is not enough.
 */
export type Backoff = 'full-jitter' | 'decorrelated-jitter' | 'exponential'

/** What waits are made of. */
export interface BackoffShape {
  readonly backoff: Backoff
  readonly baseDelayMs: number
  readonly maxDelayMs: number
  readonly backoffFactor: number
}

/**
 * The wait before a retry.
 *
 * @param shape What it is made of.
 * @param retry Which retry it is, from 1.
 * @param previousMs The wait before the previous retry; the base before the first one.
 * @param dice From 0 up to, not including, 1.
 * @returns Milliseconds.
 */
export function toDelayMs(shape: BackoffShape, retry: number, previousMs: number, dice: number): number {
  const { backoff, baseDelayMs, maxDelayMs, backoffFactor } = shape
  if (baseDelayMs === 0) return 0
  if (backoff === 'decorrelated-jitter')
    return Math.min(baseDelayMs + dice * (previousMs * backoffFactor - baseDelayMs), maxDelayMs)
  const limitMs = Math.min(baseDelayMs * backoffFactor ** (retry - 1), maxDelayMs)
  return backoff === 'exponential' ? limitMs : dice * limitMs
}
