import type { Block } from '../blocks/assembler.ts'
import { toLogReaderError } from '../errors.ts'
import { createHandles } from '../files/handles.ts'
import type { LogLine } from '../lines/log-line.ts'
import { matchAll } from '../match/match-all.ts'
import { createMatcher } from '../match/matcher.ts'
import type { ResolvedReaderOptions } from '../options.ts'
import type { ResolvedQuery } from '../query.ts'
import type { Tally } from '../tally.ts'
import { createFollower, type Followed } from './follower.ts'

/** Four looks a second, so that a line is here within half of one, also across a rotation. */
const LOOK_EVERY_MS = 250

/** What is followed, and until when. */
export interface TailRequest {
  readonly options: ResolvedReaderOptions
  readonly query: ResolvedQuery
  readonly tally: Tally
  readonly signal: AbortSignal | undefined
}

/** Every line that meets the query and is written from now on, until the signal aborts. */
export async function* tailLines(request: TailRequest): AsyncGenerator<LogLine, void, undefined> {
  const { options, query, tally, signal } = request
  if (signal?.aborted) return
  const handles = createHandles(signal)
  const matcher = createMatcher(query, options.maxLineBytes)
  const follower = createFollower({ options, handles, tally })

  async function* linesOf(block: Block | undefined): AsyncGenerator<LogLine, void, undefined> {
    if (block === undefined) return
    const { hits } = await matchAll(matcher, block, tally)
    for (const { line } of hits) {
      if (signal?.aborted) return
      yield line
    }
  }

  try {
    await follower.start()
    for (;;) {
      for (const followed of follower.files) for await (const block of newBlocks(followed)) yield* linesOf(block)
      for (const { assembler } of await follower.leave()) yield* linesOf(assembler.rest())
      if (await follower.look()) continue
      await options.clock.sleep(LOOK_EVERY_MS, { signal })
    }
  } catch (error) {
    if (signal?.aborted) return
    throw toLogReaderError(options.path, error)
  } finally {
    for (const { source } of follower.files) source.close()
    await handles.closeAll()
  }
}

/** What was written since the last look. */
async function* newBlocks(followed: Followed): AsyncGenerator<Block, void, undefined> {
  for (;;) {
    const { source, assembler } = followed
    const count = await source.read(assembler.space())
    if (count === 0) return
    followed.position += count
    const block = assembler.take(count)
    if (block !== undefined) yield block
  }
}
