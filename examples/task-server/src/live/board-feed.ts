import type { Task } from '../tasks/schema.ts'

/** One change of a task, at its place in the history of its board. */
export interface BoardChange {
  /** One more than that of the change before it on this board, in the order in which they were committed. */
  readonly version: number
  readonly kind: 'created' | 'updated' | 'deleted'
  readonly taskId: string
  /** The task as it is since then, or `undefined` if it is gone. */
  readonly task: Task | undefined
}

/**
 * What is told to whoever follows a board: first, and after a pause that was too long, a snapshot; then each change once, in order.
 *
 * Arrays are never changed, and mostly the same one for all who follow a board: what is made of one can be kept for the others.
 * One that throws is told nothing more.
 */
export interface BoardListener {
  /**
   * Everything on the board as of a version, in parts. What was known of it before is void.
   *
   * @param version The version. Each change from the next one on is told.
   * @param tasks Some of its tasks, newest first; none of an empty board.
   * @param isLast Whether there are no more.
   */
  snapshot(version: number, tasks: readonly Task[], isLast: boolean): void
  /** Changes, without a gap. None say that a delay is over in which there were none. */
  changes(changes: readonly BoardChange[]): void
  /** The database cannot be asked for now, told once. It is tried again without being told to, so this is for information. */
  delayed(error: unknown): void
}

/** Tells what happens on boards, whichever instance makes it happen. */
export interface BoardFeeds {
  /**
   * Follows a board until what is returned is called. Nothing is told before this has returned.
   *
   * @param board Its name. It need not have tasks.
   * @param since The version that is known already: changes after it are told where they are still kept, else a snapshot. One
   * that the board has not reached yet is void.
   * @param listener Is told.
   * @throws {TypeError} If no board can have this name.
   */
  follow(board: string, since: number | undefined, listener: BoardListener): () => void
}
