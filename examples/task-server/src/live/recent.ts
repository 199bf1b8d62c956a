import type { Task } from '../tasks/schema.ts'
import type { BoardChange } from './board-feed.ts'
import type { BoardSnapshot } from './board-history.ts'

/** Changes of one board that are kept in memory. */
const MAX_CHANGES = 1_000
/** How many are left when there are more. */
const LEFT_CHANGES = 800
/** Tasks in one part of a snapshot. */
const MAX_PART = 200
/** About what a task takes besides its text, and its text takes twice its length. */
const TASK_BYTES = 400

/** A snapshot, as it is told. */
interface ToldSnapshot {
  readonly version: number
  /** At least one, which may be empty. */
  readonly parts: readonly (readonly Task[])[]
}

/** What is remembered of a board: a snapshot, and the changes that lead from it, or from later on, to the newest version. */
export class Recent {
  /** In order and without a gap, up to the version of the board. */
  #changes: BoardChange[] = []
  #changeBytes = 0
  #snapshot: ToldSnapshot | undefined
  #snapshotBytes = 0

  /** About how many bytes it takes. */
  get bytes(): number {
    return this.#changeBytes + this.#snapshotBytes
  }

  /** Version of the snapshot, if there is one. */
  get snapshotVersion(): number | undefined {
    return this.#snapshot?.version
  }

  /** Forgets all. */
  clear(): void {
    this.#changes = []
    this.#changeBytes = 0
    this.keep(undefined)
  }

  /** Forgets the snapshot if that makes half of it, else half of the changes. */
  shrink(): void {
    if (this.#snapshotBytes >= this.#changeBytes) this.keep(undefined)
    else this.#keepLast(this.#changes.length >> 1)
  }

  /**
   * Adds changes.
   *
   * @param changes Those that follow the newest one.
   */
  add(changes: readonly BoardChange[]): void {
    this.#changes.push(...changes)
    this.#changeBytes += sizeOf(changes.map(({ task }) => task))
    // Fewer than there may be, so that it is seldom done.
    if (this.#changes.length > MAX_CHANGES) this.#keepLast(LEFT_CHANGES)
  }

  /**
   * Keeps a snapshot instead of the one there was.
   *
   * @param snapshot The snapshot.
   */
  keep(snapshot: BoardSnapshot | undefined): void {
    this.#snapshot = snapshot && { version: snapshot.version, parts: toParts(snapshot.tasks) }
    this.#snapshotBytes = snapshot === undefined ? 0 : sizeOf(snapshot.tasks)
  }

  /**
   * Finds the changes after a version.
   *
   * @param version The version.
   * @param newest The one that the board has.
   * @returns `undefined` if not all of them are remembered.
   */
  after(version: number, newest: number): readonly BoardChange[] | undefined {
    const count = newest - version
    return count <= this.#changes.length ? this.#changes.slice(this.#changes.length - count) : undefined
  }

  /**
   * Finds a snapshot, and the changes since.
   *
   * @param newest The version that the board has.
   * @returns `undefined` if there is none from which changes lead there.
   */
  snapshot(newest: number): (ToldSnapshot & { readonly changes: readonly BoardChange[] }) | undefined {
    if (this.#snapshot === undefined || this.#snapshot.version > newest) return undefined
    const changes = this.after(this.#snapshot.version, newest)
    return changes && { ...this.#snapshot, changes }
  }

  #keepLast(count: number): void {
    this.#changes = this.#changes.slice(this.#changes.length - count)
    this.#changeBytes = sizeOf(this.#changes.map(({ task }) => task))
    // Nothing leads on from it any more.
    if ((this.#snapshot?.version ?? 0) < (this.#changes[0]?.version ?? 0) - 1) this.keep(undefined)
  }
}

function toParts(tasks: readonly Task[]): readonly (readonly Task[])[] {
  return Array.from({ length: Math.max(1, Math.ceil(tasks.length / MAX_PART)) }, (_, n) =>
    tasks.slice(n * MAX_PART, (n + 1) * MAX_PART),
  )
}

function sizeOf(tasks: readonly (Task | undefined)[]): number {
  let bytes = 0
  for (const task of tasks) {
    bytes += TASK_BYTES + 2 * ((task?.title.length ?? 0) + (task?.description?.length ?? 0))
  }
  return bytes
}
