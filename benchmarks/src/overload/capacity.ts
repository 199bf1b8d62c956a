import { toSpread } from '../statistics.ts'
import { createOverloadClient } from './client.ts'
import type { OverloadServer } from './servers.ts'
import { createTimeline } from './timeline.ts'

/** How a capacity is measured. */
export interface CapacityOptions {
  /** Requests that are under way at any time. */
  readonly concurrency: number
  /** Milliseconds before anything is counted. */
  readonly warmUpMs: number
  /** Milliseconds of a stretch. */
  readonly stretchMs: number
  /** How many stretches are counted. */
  readonly stretches: number
}

const LONG_MS = 60_000

/**
 * Measures what a server can answer: users that wait for each answer before they ask again keep it just busy.
 *
 * @param server The server.
 * @param options How.
 * @returns Answers per second, in the middle of all stretches; at least one in a stretch, or no load could be a multiple of it.
 */
export async function measureCapacity(server: OverloadServer, options: CapacityOptions): Promise<number> {
  const { concurrency, warmUpMs, stretchMs, stretches } = options
  const client = createOverloadClient({ port: server.port, connections: concurrency, deadlineMs: LONG_MS })
  const timeline = createTimeline(stretches, stretchMs)
  const startMs = performance.now() + warmUpMs
  const endMs = startMs + stretches * stretchMs
  const user = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const answer = await client.send(performance.now())
      const atMs = performance.now() - startMs
      if (atMs >= 0) timeline.add(atMs, answer)
    }
  }
  try {
    await Promise.all(Array.from({ length: concurrency }, user))
  } finally {
    await client.close()
  }
  await server.quiet(0)
  return (Math.max(toSpread(timeline.ok).median, 1) * 1_000) / stretchMs
}
