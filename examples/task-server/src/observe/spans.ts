import type { Environment } from '../environment.ts'
import type { SlowTraces } from './slow-traces.ts'
import { createTokenBucket } from './token-bucket.ts'

/** Who takes the spans of this process. */
export interface Spans {
  /** How many requests a second have spans at most. */
  readonly perSecond: number
  /** Whether the request that has just come is one of them. */
  isDrawn(): boolean
  /** The slowest of them. */
  readonly slowTraces: SlowTraces
  /** Sends what still waits, and takes no more. */
  close(): Promise<void>
}

/**
 * Begins to take spans, if anybody wants them: a collector gets those of all requests. Who only wants to see the slowest has those of so
 * many a second, so that what it costs does not grow with the load.
 *
 * @param environment Who wants them.
 * @returns Nothing if nobody does.
 */
export async function openSpans({
  tracesUrl,
  slowTracesPerSecond,
}: Pick<Environment, 'tracesUrl' | 'slowTracesPerSecond'>): Promise<Spans | undefined> {
  const perSecond = tracesUrl === undefined ? slowTracesPerSecond : Number.POSITIVE_INFINITY
  if (perSecond === 0) return undefined
  // An SDK takes its time to load.
  const [{ recordSpans }, { createSlowTraces }] = await Promise.all([
    import('./record-spans.ts'),
    import('./slow-traces.ts'),
  ])
  const slowTraces = createSlowTraces()
  const { close } = await recordSpans(slowTraces, tracesUrl)
  const isDrawn = tracesUrl === undefined ? createTokenBucket(perSecond) : () => true
  return { perSecond, isDrawn, slowTraces, close }
}
