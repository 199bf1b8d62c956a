import type { Task } from '../tasks/schema.ts'
import type { BoardChange, BoardListener } from './board-feed.ts'

/** One who follows a board. What it throws reaches nobody: it is let go instead, as it may have missed something. */
export class Follower {
  /** The version that it knows, or `undefined` if it needs a snapshot. */
  since: number | undefined
  /** A snapshot that is older would take back what it knows. */
  least = 0
  /** Where it knows more than this process: the number of the read by which the board has to have reached that. */
  readonly byRead: number
  #isDelayed = false
  #listener: BoardListener | undefined
  readonly #onThrown: (error: unknown) => void

  constructor(listener: BoardListener, since: number | undefined, byRead: number, onThrown: (error: unknown) => void) {
    this.#listener = listener
    this.since = since
    this.byRead = byRead
    this.#onThrown = onThrown
  }

  /** Whether it is told nothing more. */
  get isGone(): boolean {
    return this.#listener === undefined
  }

  leave(): void {
    this.#listener = undefined
  }

  /**
   * Nothing leads on from what it knows: it needs a snapshot.
   *
   * @param least The version that it knows, if the board has had that.
   */
  begin(least: number): void {
    this.since = undefined
    this.least = least
  }

  tellSnapshot(version: number, parts: readonly (readonly Task[])[]): void {
    this.#isDelayed = false
    parts.forEach((tasks, index) => {
      this.#tell((listener) => listener.snapshot(version, tasks, index === parts.length - 1))
    })
  }

  tellChanges(changes: readonly BoardChange[]): void {
    if (changes.length === 0) return
    this.#isDelayed = false
    this.#tell((listener) => listener.changes(changes))
  }

  tellDelay(error: unknown): void {
    if (this.#isDelayed) return
    this.#isDelayed = true
    this.#tell((listener) => listener.delayed(error))
  }

  /** It knows all there is. */
  tellUpToDate(): void {
    if (!this.#isDelayed) return
    this.#isDelayed = false
    this.#tell((listener) => listener.changes([]))
  }

  #tell(run: (listener: BoardListener) => void): void {
    if (this.#listener === undefined) return
    try {
      run(this.#listener)
    } catch (error) {
      this.leave()
      this.#onThrown(error)
    }
  }
}
