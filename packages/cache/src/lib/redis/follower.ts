import type { Clock } from '@breakwater/core'
import type { Position, TierListener } from '../shared/tier.ts'
import { runScript, saysFirst } from './commands.ts'
import type { KeyLayout } from './keys.ts'
import { CONNECT_STEPS, type Line, openLine } from './line.ts'
import { createLogCursor, type LogCursor } from './log-cursor.ts'
import { type AttachAnswer, type LogEntry, toHistory } from './mutations.ts'
import { createPatience } from './patience.ts'
import { randomIncarnation, randomPart } from './position.ts'
import type { RedisClient } from './redis-client.ts'
import { SCRIPTS } from './scripts.ts'
import { toWaits, type Waits } from './waits.ts'

const PAGE = 1_000

/** What was waited for, of the one log; nothing if it did not come in time. */
type Heard = readonly [readonly [key: string, entries: readonly LogEntry[]]] | null

/** Follows the log of one shard for as long as it is not closed. */
export interface Follower {
  /** Id of the incarnation that is followed, once there is one. */
  readonly incarnation: string | undefined
  /** Where the first log that was met began, if it is this process that began it. */
  readonly birth: Position | undefined
  /** Reads the whole state again, as if the history had been lost. */
  restart(): void
  /** Ends it. Resolves when its connection is gone. */
  close(): Promise<void>
}

/** Options of {@link createFollower}. */
export interface FollowerOptions {
  /** The user's client, which it duplicates. */
  readonly client: RedisClient
  /** Where the shard's keys are. */
  readonly layout: KeyLayout
  /** Name of the cache. */
  readonly name: string
  /** Which shard. */
  readonly shard: number
  /** Changes that the log keeps. */
  readonly maxLog: number
  /** Milliseconds within which a silent loss has to be noticed. */
  readonly maxStalenessMs: number
  /** Where chance comes from. */
  readonly random?: (() => number) | undefined
  /** Times everything. */
  readonly clock: Clock
  /** Is told. */
  readonly listener: Pick<TierListener, 'onHistory' | 'onMutations' | 'onConfirmed' | 'onFailure'>
  /** Is told the server's time, where that is wanted. */
  readonly onTime?: ((answer: unknown, sentAtMs: number) => void) | undefined
}

/**
 * Begins to follow the log of a shard.
 *
 * Each round reads what comes after the place that was reached, which also shows that the log is still the same one, and then
 * waits for more on the same connection, again and again until it is time for the next round: so a change costs one command where
 * there are many. Whatever is unclear ends the connection: the next one begins at the same place.
 *
 * @param options What to follow, and who is told.
 */
export function createFollower(options: FollowerOptions): Follower {
  const { client, layout, name, shard, maxLog, clock, random = Math.random, listener, onTime } = options
  const log = layout.log(shard)
  const waits: Waits = toWaits(options.maxStalenessMs)
  // The place that is certain must not fall out of the log meanwhile.
  const mostUnverified = Math.min(maxLog / 4, PAGE / 2)
  const patience = createPatience(clock, random)
  let cursor: LogCursor | undefined
  let incarnation: string | undefined
  let birth: Position | undefined
  let line: Line | undefined
  let isClosed = false
  let isFailing = false
  let isRestarting = false
  const following = follow()

  async function follow(): Promise<void> {
    while (!isClosed) {
      if (isRestarting) cursor = undefined
      isRestarting = false
      const { failures, stepMs } = patience
      line = openLine(client, { name: `breakwater:${name}`, stepMs, isFromKnownNodes: failures % 2 === 0, clock })
      try {
        await line.answer(line.client.call('exists', [log]), CONNECT_STEPS * stepMs)
        cursor ??= await attach(line)
        while (await isSameHistory(line, cursor));
        cursor = undefined
      } catch (error) {
        if (!isClosed && !isRestarting) tell(error)
      }
      const closing = line.close()
      if (isClosed) await closing
      else await patience.pause()
    }
  }

  async function attach({ client, answer }: Line): Promise<LogCursor> {
    const keys = [layout.state(shard), log, layout.tags(shard)]
    const offered = randomIncarnation()
    const found = (await answer(
      runScript(client, SCRIPTS.attach, keys, [offered, randomPart(random)]),
      2 * waits.answerMs, // its text may have to be sent
    )) as AttachAnswer
    const history = toHistory(found, incarnation)
    if (incarnation === undefined && found[0] === offered) birth = history.position
    incarnation = found[0]
    listener.onHistory(shard, history)
    return createLogCursor(history.position)
  }

  /** One round. */
  async function isSameHistory({ client, answer }: Line, cursor: LogCursor): Promise<boolean> {
    const sentAtMs = clock.now()
    const wait = (blockMs: number) =>
      answer(
        client.call('xread', ['COUNT', PAGE, 'BLOCK', blockMs, 'STREAMS', log, cursor.told.id]),
        blockMs + waits.answerMs,
      ) as Promise<Heard>
    const [listed, kept, time, heard] = [
      answer(client.call('xrange', [log, cursor.verified.id, '+', 'COUNT', PAGE]), waits.answerMs),
      // Changes nothing, but a server to which nothing can be written may not be the one that others write to.
      answer(client.call('xtrim', [log, 'MAXLEN', '~', maxLog]).catch(passHarmless), waits.answerMs),
      onTime && answer(client.call('time', []), waits.answerMs),
      wait(waits.blockMs),
    ] as const
    heard.catch(() => {}) // it fails with the others, and later
    const [entries, , answeredTime] = await Promise.all([listed as Promise<readonly LogEntry[]>, kept, time])
    if (onTime) onTime(answeredTime, sentAtMs)
    const isWhole = entries.length < PAGE
    if (!pass(cursor, cursor.verify(entries, isWhole))) return false
    if (isWhole) confirm(sentAtMs)
    let count = 0
    for (let waiting = heard; ; ) {
      const found = (await waiting)?.[0][1] ?? []
      if (!pass(cursor, cursor.hear(found))) return false
      count += found.length
      // A server waits for ever where it is to wait for 0 ms.
      const leftMs = Math.ceil(sentAtMs + waits.blockMs - clock.now())
      if (!isWhole || leftMs < 1 || count >= mostUnverified) return true
      waiting = wait(leftMs)
    }
  }

  function pass(cursor: LogCursor, mutations: ReturnType<LogCursor['hear']>): boolean {
    if (mutations === undefined) return false
    if (mutations.length > 0) listener.onMutations(shard, mutations, cursor.told)
    return true
  }

  function confirm(atMs: number): void {
    isFailing = false
    patience.reset()
    listener.onConfirmed(shard, atMs)
  }

  function tell(error: unknown): void {
    if (isFailing) return
    isFailing = true
    const why = error instanceof Error ? error.message : String(error)
    listener.onFailure(new Error(`Cannot follow shard ${shard} of cache "${name}": ${why}`, { cause: error }))
  }

  return {
    get incarnation() {
      return incarnation
    },
    get birth() {
      return birth
    },
    restart() {
      isRestarting = true
      line?.close().catch(() => {})
    },
    async close() {
      isClosed = true
      patience.stop()
      line?.close().catch(() => {})
      await following
    },
  }
}

/** A server that cannot save refuses writes but is still the one; and a user may not be allowed to trim. */
function passHarmless(error: unknown): void {
  if (!saysFirst(error, 'MISCONF') && !saysFirst(error, 'NOPERM')) throw error
}
