import type { Task } from '../../tasks/schema.ts'
import type { BoardChange, BoardFeeds, BoardListener } from '../board-feed.ts'
import type { Batched, Batches, ChangeMessages } from './batches.ts'
import { SharedMessage } from './shared-message.ts'
import type { SnapshotReader, Snapshots } from './snapshots.ts'

/** What a subscription needs. */
export interface SubscriptionParts {
  readonly feeds: BoardFeeds
  readonly batches: Batches
  readonly snapshots: Snapshots
  /**
   * Sends something to the client.
   *
   * @param message What.
   */
  send(message: SharedMessage | SnapshotReader): void
}

/** One board that one client follows. */
export class Subscription implements BoardListener, Batched {
  readonly #board: string
  readonly #parts: SubscriptionParts
  readonly #stop: () => void
  #changes: BoardChange[] = []
  /** Version of the snapshot that is being told. */
  #snapshotVersion: number | undefined
  #isDelayed = false
  #isOver = false

  /**
   * @param board Which one.
   * @param since The version that the client has.
   * @param parts What it needs.
   */
  constructor(board: string, since: number | undefined, parts: SubscriptionParts) {
    this.#board = board
    this.#parts = parts
    this.#stop = parts.feeds.follow(board, since, this)
  }

  snapshot(version: number, tasks: readonly Task[], isLast: boolean): void {
    if (this.#isOver) return
    // What was known before is void, also what still waits here.
    this.#changes = []
    this.#isDelayed = false
    const isFirst = this.#snapshotVersion !== version
    this.#snapshotVersion = isLast ? undefined : version
    this.#parts.send(this.#parts.snapshots.read({ board: this.#board, version, isFirst, isLast }, tasks))
  }

  changes(changes: readonly BoardChange[]): void {
    if (this.#isOver) return
    this.#changes.push(...changes)
    if (this.#isDelayed || changes.length > 0) this.#parts.batches.add(this)
  }

  delayed(): void {
    if (this.#isOver || this.#isDelayed) return
    this.#isDelayed = true
    this.#parts.send(new SharedMessage(JSON.stringify({ type: 'delayed', board: this.#board })))
  }

  flush(messages: ChangeMessages): void {
    const changes = this.#changes
    // None of them say that a delay is over.
    if (this.#isOver || (changes.length === 0 && !this.#isDelayed)) return
    this.#changes = []
    this.#isDelayed = false
    for (const message of messages.of(this.#board, changes)) this.#parts.send(message)
  }

  /** Follows it no more. What has come together by now is lost: flush it before, if it matters. */
  close(): void {
    this.#isOver = true
    this.#changes = []
    this.#parts.batches.delete(this)
    this.#stop()
  }
}
