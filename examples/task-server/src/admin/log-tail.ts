import { PassThrough, pipeline, Readable } from 'node:stream'
import type { LogLine } from '@breakwater/logger/reader'

/** So often it is looked whether to stop. */
const LOOK_EVERY_MS = 250
/** A proxy may take a connection on which nothing comes for a dead one. */
const BEAT_EVERY_LOOKS = 60

/** When it ends. */
export interface TailEnd {
  /** Ends it. */
  readonly signal: AbortSignal
  /** Ends it as well: asked several times a second. */
  readonly isStopping: () => boolean
}

/**
 * Makes server-sent events of lines, one each, which are asked for as fast as they are read.
 *
 * @param follow Gives lines until a signal aborts.
 * @param end When it ends.
 */
export function toEvents(
  follow: (signal: AbortSignal) => AsyncIterable<LogLine>,
  { signal, isStopping }: TailEnd,
): Readable {
  const stop = new AbortController()
  const out = new PassThrough()
  let looks = 0
  const timer = setInterval(() => {
    looks++
    if (isStopping()) stop.abort()
    else if (looks % BEAT_EVERY_LOOKS === 0 && out.writableLength === 0) out.write(':\n\n')
  }, LOOK_EVERY_MS).unref()
  out.once('close', () => {
    clearInterval(timer)
    stop.abort()
  })
  // The head goes out at once.
  out.write(':\n\n')
  pipeline(Readable.from(events(follow(AbortSignal.any([signal, stop.signal])))), out, () => {})
  return out
}

async function* events(lines: AsyncIterable<LogLine>): AsyncGenerator<string, void, undefined> {
  for await (const { fields } of lines) yield `data: ${JSON.stringify(fields)}\n\n`
}
