import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import type { LogLine } from '../lines/log-line.ts'
import { createReader, type LogReader } from '../log-reader.ts'
import type { LogQuery } from '../query.ts'

/** A tail that goes on when it is told to. */
export interface Tail extends AsyncDisposable {
  readonly clock: ManualClock
  /** The `index` of every line so far. */
  readonly seen: unknown[]
  readonly controller: AbortController
  readonly ended: Promise<void>
  /** Lets it look again until it has seen nothing new for a while. Returns all that it has seen. */
  settle(): Promise<unknown[]>
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Follows a log, on a clock that stands still. */
export async function follow(
  path: string,
  query: LogQuery = {},
  clock: ManualClock = createManualClock(),
): Promise<Tail> {
  const reader: LogReader = createReader({ path, maxLineBytes: 1_000, clock, blockBytes: 1_000 })
  const controller = new AbortController()
  const seen: unknown[] = []
  const lines = reader.tail(query, { signal: controller.signal })
  const ended = read(lines)
  ended.catch(() => {})
  await untilIdle()

  async function read(all: AsyncIterable<LogLine>): Promise<void> {
    for await (const { fields } of all) seen.push(fields.index)
  }
  /** It sleeps: all is read. */
  async function untilIdle(): Promise<void> {
    for (let turn = 0; clock.pending === 0 && turn < 100_000; turn++) await nextTurn()
    if (clock.pending === 0) throw new Error('It never sleeps')
  }
  return {
    clock,
    seen,
    controller,
    ended,
    async settle() {
      await untilIdle()
      clock.advance(250)
      await untilIdle()
      return seen
    },
    async [Symbol.asyncDispose]() {
      controller.abort()
      await ended
    },
  }
}
