import {
  type Clock,
  createEmitter,
  type Emitter,
  type Measured,
  type Measurement,
  type Observable,
  systemClock,
} from '@breakwater/core'
import { BOARD_PATTERN, isBoardName } from '../tasks/board-name.ts'
import type { BoardFeeds, BoardListener } from './board-feed.ts'
import type { BoardHistory } from './board-history.ts'
import { createLiveCounts, type LiveCounts, type Read, toMeasurements } from './counts.ts'
import { LIVE_CHANNEL, type LiveEvent } from './events.ts'
import { Feed } from './feed.ts'
import { type Hints, NO_HINTS } from './hints.ts'
import { Lane } from './lane.ts'

/** Within which a change is found of which nobody told. Also the pause after a read that failed. */
const LOOK_EVERY_MS = 500
/** A client that comes back soon finds what it missed in memory. */
const IDLE_MS = 30_000
/** Boards in one look. */
const MAX_LOOKED_AT = 1_000
/** Boards in one read of changes, and changes of each. */
const MAX_READ = 20
const PAGE = 100

/** Options of {@link createBoardFeeds}. */
export interface BoardFeedsOptions {
  /**
   * How other instances hear of changes, and this one of theirs.
   *
   * @defaultValue there are no others
   */
  readonly hints?: Hints | undefined
  /**
   * What is remembered of all boards, about. Beyond it, who comes back is told a snapshot that has to be read.
   *
   * @defaultValue 16 MiB: our choice, as all tasks of a production take about as much
   */
  readonly maxBytes?: number | undefined
  /** @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

/** The feeds of all boards, in one process. */
export interface LiveBoards extends BoardFeeds, Measured, Observable<LiveEvent> {
  /**
   * Says that this process changed a board: who follows it, here or elsewhere, is told at once.
   *
   * @param board Its name, or `undefined` if nobody can tell which it was.
   */
  announce(board: string | undefined): void
  /** Tells nobody anything more. */
  close(): Promise<void>
}

/**
 * Creates the feeds of boards.
 *
 * One read of changes is under way at a time, for all boards that need one, and one of a snapshot beside it, so that a large board
 * holds up no others. However many follow, and however many hints come, the database is asked no more than that.
 *
 * @param history Knows what happened. It is not closed.
 * @param options How changes by others are heard of.
 */
export function createBoardFeeds(history: BoardHistory, options: BoardFeedsOptions = {}): LiveBoards {
  return new FeedsOfBoards(history, options)
}

class FeedsOfBoards implements LiveBoards {
  readonly kind: string = 'live'
  readonly name: string = 'boards'
  readonly #history: BoardHistory
  readonly #hints: Hints
  readonly #maxBytes: number
  readonly #clock: Clock
  readonly #events: Emitter<LiveEvent> = createEmitter(LIVE_CHANNEL, this.name)
  readonly #counts: LiveCounts = createLiveCounts()
  readonly #feeds = new Map<string, Feed>()
  readonly #changes = new Lane(() => this.#readChanges())
  readonly #snapshots = new Lane(() => this.#readSnapshot())
  /** Those that need changes, and those that need a snapshot. The first one is next. */
  readonly #needChanges = new Set<Feed>()
  readonly #needSnapshot = new Set<Feed>()
  readonly #giveUp = new AbortController()
  #bytes = 0
  #isLookDue = false
  /** Why nothing is read until the next look. */
  #trouble: { readonly error: unknown } | undefined
  #isSnapshotPaused = false
  #stopTimer: (() => void) | undefined
  #stopHearing: (() => void) | undefined

  constructor(
    history: BoardHistory,
    { hints = NO_HINTS, maxBytes = 16 * 1_024 * 1_024, clock = systemClock }: BoardFeedsOptions,
  ) {
    this.#history = history
    this.#hints = hints
    this.#maxBytes = maxBytes
    this.#clock = clock
  }

  get subscribe(): Emitter<LiveEvent>['subscribe'] {
    return this.#events.subscribe
  }

  follow(board: string, since: number | undefined, listener: BoardListener): () => void {
    if (!isBoardName(board)) throw new TypeError(`Expected \`board\` to match ${BOARD_PATTERN}`)
    if (this.#isClosed) return () => undefined
    const feed = this.#feedOf(board)
    const follower = feed.follow(listener, since !== undefined && Number.isSafeInteger(since) ? since : undefined)
    queueMicrotask(() => {
      if (this.#isClosed) return
      this.#tell(feed, () => feed.settle())
      const trouble = this.#trouble
      if (trouble !== undefined) this.#tell(feed, () => feed.delay(trouble.error, false))
    })
    return () => {
      this.#tell(feed, () => feed.leave(follower))
      this.#noteIdle(feed)
    }
  }

  announce(board: string | undefined): void {
    if (this.#isClosed) return
    this.#onHint(board, undefined)
    this.#hints.tell(board)
  }

  measure(): readonly Measurement[] {
    let followers = 0
    for (const { followerCount } of this.#feeds.values()) followers += followerCount
    return toMeasurements(this.#counts, { boards: this.#feeds.size, followers, bytes: this.#bytes })
  }

  async close(): Promise<void> {
    this.#giveUp.abort(new Error('Cannot tell what happens on boards any more as the server stops'))
    this.#stop()
    this.#feeds.clear()
    await Promise.all([this.#changes.idle(), this.#snapshots.idle()])
  }

  get #isClosed(): boolean {
    return this.#giveUp.signal.aborted
  }

  #feedOf(board: string): Feed {
    const known = this.#feeds.get(board)
    if (known !== undefined) return known
    const feed = new Feed(board, (error) => {
      this.#noteIdle(feed)
      this.#events.emitFailure({ type: 'follower:failed', board, error })
    })
    this.#feeds.set(board, feed)
    this.#stopTimer ??= this.#clock.after(LOOK_EVERY_MS, () => this.#onTime())
    this.#stopHearing ??= this.#hints.hear(
      (changed, version) => this.#onHint(changed, version),
      (error) => this.#onHearing(error),
    )
    return feed
  }

  #noteIdle(feed: Feed): void {
    if (feed.followerCount === 0) feed.idleSinceMs ??= this.#clock.now()
  }

  #onHint(board: string | undefined, version: number | undefined): void {
    if (this.#isClosed) return
    this.#counts.hints++
    if (board === undefined) {
      this.#isLookDue = true
      this.#changes.wake()
      return
    }
    const feed = this.#feeds.get(board)
    if (feed === undefined) return
    feed.hint(version)
    this.#note(feed)
  }

  #onHearing(error: unknown): void {
    if (error === undefined) this.#events.emit({ type: 'hints:recovered' })
    else this.#events.emitFailure({ type: 'hints:failed', error })
  }

  #onTime(): void {
    const nowMs = this.#clock.now()
    for (const feed of this.#feeds.values()) {
      if (feed.idleSinceMs === undefined || nowMs - feed.idleSinceMs < IDLE_MS) continue
      this.#feeds.delete(feed.board)
      this.#bytes -= feed.bytes
    }
    this.#stopTimer = undefined
    if (this.#feeds.size === 0) return this.#stop()
    this.#stopTimer = this.#clock.after(LOOK_EVERY_MS, () => this.#onTime())
    this.#trouble = undefined
    this.#isSnapshotPaused = false
    this.#isLookDue = true
    this.#changes.wake()
    this.#snapshots.wake()
  }

  #stop(): void {
    this.#stopTimer?.()
    this.#stopHearing?.()
    this.#stopTimer = this.#stopHearing = undefined
  }

  async #readChanges(): Promise<boolean> {
    if (this.#isClosed || this.#trouble !== undefined) return false
    if (this.#isLookDue) {
      this.#isLookDue = false
      await this.#look()
      return true
    }
    const due = take(this.#needChanges, MAX_READ).flatMap((feed) => {
      const after = feed.needsChangesAfter
      return after === undefined ? [] : { feed, after, read: feed.beginRead() }
    })
    if (due.length === 0) return this.#needChanges.size > 0
    const known = due.map(({ feed, after }) => [feed.board, after] as const)
    const found = await this.#ask('changes', (options) => this.#history.changes(known, PAGE, options))
    for (const { feed, after, read } of due) {
      const changes = found?.get(feed.board)
      if (changes !== undefined) {
        this.#counts.changes += changes.changes.length
        this.#tell(feed, () => feed.endRead(read, after, changes))
      }
      this.#note(feed)
    }
    return true
  }

  /** Finds changes of which nobody told. */
  async #look(): Promise<void> {
    const known = new Map<Feed, number>()
    for (const feed of this.#feeds.values())
      if (feed.followerCount > 0 && feed.version !== undefined) known.set(feed, feed.version)
    for (let first = 0; first < known.size; first += MAX_LOOKED_AT) {
      const part = [...known].slice(first, first + MAX_LOOKED_AT)
      const names = part.map(([{ board }]) => board)
      const versions = await this.#ask('versions', (options) => this.#history.versions(names, options))
      if (versions === undefined) return
      for (const [feed, version] of part) {
        const newest = versions.get(feed.board)
        if (newest !== undefined) this.#tell(feed, () => feed.endLook(newest, version))
      }
    }
  }

  async #readSnapshot(): Promise<boolean> {
    if (this.#isClosed || this.#trouble !== undefined || this.#isSnapshotPaused) return false
    const [feed] = take(this.#needSnapshot, 1)
    if (feed === undefined) return false
    if (!feed.needsSnapshot) return true
    const told = feed.beginSnapshot()
    const snapshot = await this.#ask('snapshot', (options) => this.#history.snapshot(feed.board, options), feed)
    if (snapshot !== undefined) this.#tell(feed, () => feed.endSnapshot(snapshot, told))
    this.#note(feed)
    return true
  }

  /** @returns What was found, or `undefined` if it cannot be read now. */
  async #ask<result>(
    read: Read,
    run: (options: { signal: AbortSignal }) => Promise<result>,
    feed?: Feed,
  ): Promise<result | undefined> {
    try {
      const result = await run({ signal: this.#giveUp.signal })
      this.#counts.reads[read].success++
      return this.#isClosed ? undefined : result
    } catch (error) {
      if (this.#isClosed) return undefined
      this.#counts.reads[read].failure++
      if (feed !== undefined) {
        this.#isSnapshotPaused = true
        this.#tell(feed, () => feed.delay(error, true))
      } else {
        this.#trouble = { error }
        for (const each of this.#feeds.values()) this.#tell(each, () => each.delay(error, false))
      }
      return undefined
    }
  }

  /** Lets a feed tell its followers, and sees to what it needs and takes then. */
  #tell(feed: Feed, run: () => void): void {
    if (this.#feeds.get(feed.board) !== feed) return
    const before = feed.bytes
    run()
    this.#bytes += feed.bytes - before
    this.#note(feed)
    while (this.#bytes > this.#maxBytes && this.#shrink());
  }

  /** Sees to what a feed needs. */
  #note(feed: Feed): void {
    if (feed.needsChangesAfter !== undefined) {
      this.#needChanges.add(feed)
      this.#changes.wake()
    }
    if (feed.needsSnapshot) {
      this.#needSnapshot.add(feed)
      this.#snapshots.wake()
    }
  }

  /** @returns Whether there was something to forget. */
  #shrink(): boolean {
    let largest: Feed | undefined
    for (const feed of this.#feeds.values()) if (feed.spareBytes > (largest?.spareBytes ?? 0)) largest = feed
    if (largest === undefined) return false
    const before = largest.bytes
    largest.shrink()
    this.#bytes += largest.bytes - before
    return true
  }
}

/** Takes the first ones out. */
function take<item>(from: Set<item>, count: number): readonly item[] {
  const taken: item[] = []
  for (const item of from) {
    if (taken.length === count) break
    taken.push(item)
    from.delete(item)
  }
  return taken
}
