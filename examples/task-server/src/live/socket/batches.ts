import type { Clock } from '@breakwater/core'
import type { BoardChange } from '../board-feed.ts'
import { SharedMessage } from './shared-message.ts'
import { MESSAGE_BYTES } from './snapshots.ts'

/** Something that has changes to send. */
export interface Batched {
  /**
   * Sends what has come together.
   *
   * @param changes What all that are at the same place send.
   */
  flush(changes: ChangeMessages): void
}

/**
 * Lets changes come together, for all boards at once. What comes after a pause is sent at the end of the turn, what follows after so
 * long: nobody gets more than one batch of a board in that time.
 */
export class Batches {
  readonly #everyMs: number
  readonly #clock: Clock
  readonly #waiting = new Set<Batched>()
  #flushedAtMs = Number.NEGATIVE_INFINITY
  #stop: (() => void) | undefined

  /**
   * @param everyMs Milliseconds.
   * @param clock Where time comes from.
   */
  constructor(everyMs: number, clock: Clock) {
    this.#everyMs = everyMs
    this.#clock = clock
  }

  /**
   * Flushes something with the next batch.
   *
   * @param batched What.
   */
  add(batched: Batched): void {
    this.#waiting.add(batched)
    const waitMs = this.#flushedAtMs + this.#everyMs - this.#clock.now()
    this.#stop ??= this.#clock.after(Math.max(waitMs, 0), () => this.flush())
  }

  /**
   * Forgets something.
   *
   * @param batched What.
   */
  delete(batched: Batched): void {
    this.#waiting.delete(batched)
  }

  /** Flushes all that waits, without waiting longer. */
  flush(): void {
    this.#stop?.()
    this.#stop = undefined
    this.#flushedAtMs = this.#clock.now()
    const changes = new ChangeMessages()
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const batched of waiting) batched.flush(changes)
  }
}

/** Messages of one batch: all clients that get the same changes get the same messages. */
export class ChangeMessages {
  readonly #messages = new Map<string, readonly SharedMessage[]>()

  /**
   * Makes messages of changes.
   *
   * @param board Where they were made.
   * @param changes The changes, without a gap: so the first and the last tell which ones they are.
   */
  of(board: string, changes: readonly BoardChange[]): readonly SharedMessage[] {
    const key = `${board} ${changes[0]?.version} ${changes.at(-1)?.version}`
    const known = this.#messages.get(key)
    if (known !== undefined) return known
    const messages = toMessages(board, changes)
    this.#messages.set(key, messages)
    return messages
  }
}

function toMessages(board: string, changes: readonly BoardChange[]): readonly SharedMessage[] {
  const head = JSON.stringify({ type: 'changes', board }).slice(0, -1)
  const messages: SharedMessage[] = []
  let texts: string[] = []
  let length = 0
  for (const change of changes) {
    if (length >= MESSAGE_BYTES) finish()
    const text = JSON.stringify(change)
    texts.push(text)
    length += text.length
  }
  finish()
  return messages

  function finish(): void {
    messages.push(new SharedMessage(`${head},"changes":[${texts.join(',')}]}`))
    texts = []
    length = 0
  }
}
