import type { Clock } from '@breakwater/core'
import { CONNECT_STEPS, type Line, openLine } from './line.ts'
import { createPatience } from './patience.ts'
import type { RedisClient } from './redis-client.ts'
import { toWaits } from './waits.ts'

const CHANNEL = '__redis__:invalidate'

/** Hears of every key that anybody writes. */
export interface Tracking {
  /** Ends it. Resolves when its connection is gone. */
  close(): Promise<void>
}

/** Options of {@link startTracking}. */
export interface TrackingOptions {
  /** The user's client, which it duplicates. */
  readonly client: RedisClient
  /** Name of the cache. */
  readonly name: string
  /** What the keys to watch begin with, without the client's own prefix. */
  readonly prefixes: readonly string[]
  /** Milliseconds within which a silent loss has to be noticed. */
  readonly maxStalenessMs: number
  /** Times everything. */
  readonly clock: Clock
  /** Where chance comes from. */
  readonly random?: (() => number) | undefined
  /** A key was written, deleted, evicted or expired: the rest of it after its prefix. */
  onChange(key: string): void
  /** Everything may have been written: it was begun to watch, or all keys were removed. */
  onAll(): void
  /** All that was written before was told. */
  onConfirmed(atMs: number): void
  /** Watching failed; it goes on trying. */
  onFailure(error: unknown): void
}

/**
 * Watches keys by the server's client tracking, in its broadcasting mode: the server remembers prefixes, not keys.
 *
 * The connection gets its own messages redirected to itself, so that it is either there as a whole or not at all.
 *
 * @param options What to watch, and who is told.
 */
export function startTracking(options: TrackingOptions): Tracking {
  const { client, name, random, clock } = options
  const { blockMs: everyMs, answerMs } = toWaits(options.maxStalenessMs)
  const prefixes = options.prefixes.map((prefix) => (client.options.keyPrefix ?? '') + prefix)
  const patience = createPatience(clock, random)
  let line: Line | undefined
  let wake = (): void => {}
  let isClosed = false
  let isFailing = false
  const watching = watch()

  async function watch(): Promise<void> {
    while (!isClosed) {
      const { stepMs } = patience
      line = openLine(client, {
        name: `breakwater:${name}:tracking`,
        stepMs,
        isFromKnownNodes: false,
        overrides: { keyPrefix: '' }, // channels and prefixes would get it, too
        clock,
      })
      try {
        await begin(line, CONNECT_STEPS * stepMs)
        for (;;) await beat(line)
      } catch (error) {
        if (!isClosed) tell(error)
      }
      const closing = line.close()
      if (isClosed) await closing
      else await patience.pause()
    }
  }

  async function begin({ client, answer }: Line, limitMs: number): Promise<void> {
    client.on('messageBuffer', hear)
    const id = await answer(client.call('client', ['ID']), limitMs)
    const wanted = prefixes.flatMap((prefix) => ['PREFIX', prefix])
    await answer(client.call('client', ['TRACKING', 'ON', 'REDIRECT', String(id), 'BCAST', ...wanted]), answerMs)
    await answer(client.call('subscribe', [CHANNEL]), answerMs)
    options.onAll()
  }

  /** The server sends messages after the answers of the same turn: only a second answer comes after all of the first's. */
  async function beat({ client, answer }: Line): Promise<void> {
    const sentAtMs = clock.now()
    await answer(client.call('ping', []), answerMs)
    await answer(client.call('ping', []), answerMs)
    isFailing = false
    patience.reset()
    options.onConfirmed(sentAtMs)
    await new Promise<void>((resolve) => {
      const stop = clock.after(everyMs, resolve)
      wake = () => {
        stop()
        resolve()
      }
      if (isClosed) wake()
    })
  }

  function hear(channel: unknown, keys: unknown): void {
    if (isClosed || String(channel) !== CHANNEL) return
    if (keys === null) return options.onAll()
    for (const bytes of keys as readonly Uint8Array[]) {
      const key = String(bytes)
      const prefix = prefixes.find((prefix) => key.startsWith(prefix))
      if (prefix !== undefined) options.onChange(key.slice(prefix.length))
    }
  }

  function tell(error: unknown): void {
    if (isFailing) return
    isFailing = true
    const why = error instanceof Error ? error.message : String(error)
    options.onFailure(new Error(`Cannot watch the keys of cache "${name}": ${why}`, { cause: error }))
  }

  return {
    async close() {
      isClosed = true
      patience.stop()
      wake()
      line?.close().catch(() => {})
      await watching
    },
  }
}
