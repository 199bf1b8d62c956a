import type { BoardChange, BoardListener } from './board-feed.ts'
import type { BoardChanges, BoardSnapshot } from './board-history.ts'
import { Follower } from './follower.ts'
import { Recent } from './recent.ts'

/**
 * What is known of one board, and who follows it. It asks nobody: it says what it needs to know, and is told.
 *
 * Its version goes up change by change, and all who are up to date were told exactly what leads there. Who comes waits until memory
 * leads from what they know to that version, or from a snapshot.
 */
export class Feed {
  readonly board: string
  /** Since when nobody follows it, if so. */
  idleSinceMs: number | undefined
  readonly #recent = new Recent()
  /** Who was told everything up to the version. */
  readonly #current = new Set<Follower>()
  /** Who has to be told something first. */
  readonly #waiting = new Set<Follower>()
  readonly #onThrown: (error: unknown) => void
  #version: number | undefined
  /** A version that the board is known to have. */
  #target = 0
  /** Whether it was said to have changed since the last read began. */
  #isDirty = true
  #reads = 0

  /**
   * @param board Its name.
   * @param onThrown Hears what followers throw, who are gone then.
   */
  constructor(board: string, onThrown: (error: unknown) => void) {
    this.board = board
    this.#onThrown = onThrown
  }

  /** The version that is known, if one is. */
  get version(): number | undefined {
    return this.#version
  }

  /** How many follow it. */
  get followerCount(): number {
    return this.#current.size + this.#waiting.size
  }

  /** About how many bytes of memory it takes, and could do without. */
  get spareBytes(): number {
    return this.#waiting.size > 0 ? 0 : this.#recent.bytes
  }

  /** About how many bytes of memory it takes. */
  get bytes(): number {
    return this.#recent.bytes
  }

  /** The version after which changes are needed now, if they are. */
  get needsChangesAfter(): number | undefined {
    if (this.followerCount === 0) return undefined
    const known = [...this.#waiting].flatMap(({ since }) => since ?? [])
    // Where the first one begins who knows something: what leads on from there has to be found.
    if (this.#version === undefined) return known.length > 0 ? Math.min(...known) : undefined
    const isBehind = this.#target > this.#version || Math.max(...known) > this.#version
    return this.#isDirty || isBehind ? this.#version : undefined
  }

  /** Whether somebody waits for a snapshot. For one that is newer than the version, changes are needed instead. */
  get needsSnapshot(): boolean {
    if ((this.#recent.snapshotVersion ?? 0) > (this.#version ?? 0)) return false
    return [...this.#waiting].some(({ since }) => since === undefined)
  }

  /**
   * Adds one who follows. Nothing is told before the next call of `settle`.
   *
   * @param listener Is told.
   * @param since The version that is known already.
   */
  follow(listener: BoardListener, since: number | undefined): Follower {
    // While nobody followed, nobody asked.
    if (this.followerCount === 0) this.#isDirty = true
    const follower = new Follower(listener, since, this.#reads + 1, (error) => {
      this.leave(follower)
      this.#onThrown(error)
    })
    this.#waiting.add(follower)
    this.idleSinceMs = undefined
    return follower
  }

  /**
   * Lets one go.
   *
   * @param follower Who.
   */
  leave(follower: Follower): void {
    follower.leave()
    this.#current.delete(follower)
    this.#waiting.delete(follower)
  }

  /**
   * Hears that the board was changed.
   *
   * @param version The version it has since then, if that is known.
   */
  hint(version: number | undefined): void {
    if (version === undefined) this.#isDirty = true
    else this.#target = Math.max(this.#target, version)
  }

  /**
   * Hears that a read of changes begins.
   *
   * @returns Its number.
   */
  beginRead(): number {
    // What is said from now on, it may not find.
    this.#isDirty = false
    this.#target = 0
    return ++this.#reads
  }

  /**
   * Hears what a read of changes found.
   *
   * @param read Its number.
   * @param after The version after which it was to read.
   * @param found What it found.
   */
  endRead(read: number, after: number, { version, changes }: BoardChanges): void {
    const isGapless = followsOn(after, version, changes)
    for (const follower of this.#waiting) {
      const { since, byRead } = follower
      if (since === undefined) continue
      // What it knows is of another past of the database, or too long ago.
      if (since > version && byRead <= read) follower.begin(0)
      else if (since <= Math.min(after, version) && !isGapless) follower.begin(since)
    }
    if (this.#version === undefined && isGapless) {
      this.#version = after
      this.settle()
    }
    if (this.#version !== after) this.hint(version)
    else if (!isGapless) this.#beginAnew(version < after)
    else {
      this.#recent.add(changes)
      this.#version = changes.at(-1)?.version ?? after
      this.hint(version)
      for (const follower of this.#current) follower.tellChanges(changes)
      if (this.#version === version) this.#tellUpToDate()
    }
    this.settle()
  }

  /**
   * Hears which version the board has.
   *
   * @param version The version.
   * @param known The one that was known when it was asked for.
   */
  endLook(version: number, known: number): void {
    if (known !== this.#version) return
    if (version > known) return this.hint(version)
    if (version < known) {
      this.#beginAnew(true)
      this.settle()
    } else this.#tellUpToDate()
  }

  /**
   * Hears that a read of a snapshot begins.
   *
   * @returns A version that the board has had by now.
   */
  beginSnapshot(): number {
    if (this.#version !== undefined) return this.#version
    // What was said by now, it finds.
    this.#isDirty = false
    this.#target = 0
    return Math.max(0, ...[...this.#waiting].map(({ least }) => least))
  }

  /**
   * Hears what is on the board.
   *
   * @param snapshot What is there.
   * @param known What was returned when it was asked for.
   */
  endSnapshot(snapshot: BoardSnapshot, known: number): void {
    if (snapshot.version < known) this.#beginAnew(true)
    this.#recent.keep(snapshot)
    this.#version ??= snapshot.version
    this.hint(snapshot.version)
    this.settle()
  }

  /** Tells all who wait and can be told now. */
  settle(): void {
    if (this.#version === undefined) return
    for (const follower of this.#waiting) this.#tryTo(follower, this.#version)
  }

  /**
   * Tells those who follow that nothing can be read for now.
   *
   * @param error Why.
   * @param isSnapshot Whether that is only so for who waits for a snapshot.
   */
  delay(error: unknown, isSnapshot: boolean): void {
    for (const follower of this.#waiting) follower.tellDelay(error)
    if (!isSnapshot) for (const follower of this.#current) follower.tellDelay(error)
  }

  /** Forgets some of what could be done without. */
  shrink(): void {
    this.#recent.shrink()
  }

  #tellUpToDate(): void {
    for (const follower of this.#current) follower.tellUpToDate()
  }

  /**
   * What comes next does not follow from what is known: all need a snapshot.
   *
   * @param isBack Whether the database has another past than it had, so that what is known never was.
   */
  #beginAnew(isBack: boolean): void {
    for (const follower of this.#current) {
      follower.begin(this.#version ?? 0)
      this.#waiting.add(follower)
    }
    if (isBack) for (const follower of this.#waiting) follower.least = 0
    this.#current.clear()
    this.#recent.clear()
    this.#version = undefined
    this.#target = 0
    this.#isDirty = true
  }

  #tryTo(follower: Follower, version: number): void {
    if (follower.since !== undefined && follower.since <= version) {
      const changes = this.#recent.after(follower.since, version)
      if (changes !== undefined) {
        this.#join(follower)
        return follower.tellChanges(changes)
      }
      // Too long ago.
      follower.begin(follower.since)
    }
    const snapshot = follower.since === undefined ? this.#recent.snapshot(version) : undefined
    if (snapshot === undefined || snapshot.version < follower.least) return
    this.#join(follower)
    follower.tellSnapshot(snapshot.version, snapshot.parts)
    follower.tellChanges(snapshot.changes)
  }

  #join(follower: Follower): void {
    this.#waiting.delete(follower)
    this.#current.add(follower)
  }
}

function followsOn(after: number, version: number, changes: readonly BoardChange[]): boolean {
  if (changes.length === 0) return version === after
  return changes.every((change, index) => change.version === after + 1 + index)
}
