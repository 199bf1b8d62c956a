import type { History, Position } from './shared/tier.ts'

/** Counts what invalidates more than one key, over all shards of a cache. An entry that was checked at this count is valid. */
export interface Ticker {
  tick: number
}

/** The latest invalidation of a tag, or of everything. */
interface Mark {
  /** In the order of the shared log. */
  seq: number
  /** When this process heard of it. */
  tick: number
  /** Invalidations by this process that the log does not have yet. */
  pending: number
}

/** Before the first change. */
const BEGINNING: Position = { seq: 0, id: '0-0' }

/**
 * What this process knows of one shard's order of changes: how far it heard, and when each tag was last invalidated.
 *
 * A value is valid if it was read from its source after each invalidation that concerns it. Two orders say so: the log's
 * (`seq`, for values of any process) and this process' own (`tick`, for what happened here and is not in the log yet).
 * A tag is two numbers and the entries that carry it are not listed anywhere, so invalidating one costs the same for one entry
 * or a million. Tags are bounded: of those forgotten only the latest `seq` is kept, and counts for every unknown tag.
 */
export class Timeline {
  /** The latest change known to be committed, told by the log or by an answer. */
  head: Position = BEGINNING
  /** The latest change that the log told. */
  applied: Position = BEGINNING
  /** Everything committed before this moment of the process' clock has been told. */
  confirmedAtMs: number = Number.NEGATIVE_INFINITY
  /** Whether there is a history to go by. */
  isKnown = false
  /** Counts histories: what was begun in another one is void. */
  epoch = 0
  /** Own changes that were answered and the log has not told yet: what they are called, and when the answer came. */
  readonly #answers = new Map<number, { readonly id: string; readonly atMs: number }>()
  readonly #ticker: Ticker
  readonly #maxTags: number
  readonly #marks = new Map<string, Mark>()
  readonly #cleared: Mark = { seq: 0, tick: 0, pending: 0 }
  /** For every tag that has no mark. */
  readonly #floor: Mark = { seq: 0, tick: 0, pending: 0 }

  constructor(ticker: Ticker, maxTags: number) {
    this.#ticker = ticker
    this.#maxTags = maxTags
  }

  /** Tags with an invalidation to remember. */
  get tags(): number {
    return this.#marks.size
  }

  /**
   * Whether no invalidation concerns a value.
   *
   * @param seq All changes up to this one were committed before it was read from its source.
   * @param tick The same for this process' own order; `-1` for a value that another process may have read.
   * @param tags Its tags.
   */
  isCurrent(seq: number, tick: number, tags: readonly string[]): boolean {
    if (!isAfter(this.#cleared, seq, tick)) return false
    for (const tag of tags) if (!isAfter(this.#marks.get(tag) ?? this.#floor, seq, tick)) return false
    return true
  }

  /** The tag that makes a value void, for explanations. `''` is everything. */
  culprit(seq: number, tick: number, tags: readonly string[]): string | undefined {
    if (!isAfter(this.#cleared, seq, tick)) return ''
    return tags.find((tag) => !isAfter(this.#marks.get(tag) ?? this.#floor, seq, tick))
  }

  /** This process wants an invalidation: from now on it holds here. Must be followed by {@link settle}. */
  hold(tags: readonly string[]): void {
    const tick = ++this.#ticker.tick
    for (const tag of tags) {
      const mark = this.#touch(tag)
      mark.tick = tick
      mark.pending++
    }
    this.#shrink()
  }

  /** The log has what was held. */
  settle(tags: readonly string[], seq: number): void {
    for (const tag of tags) {
      const mark = this.#touch(tag)
      mark.pending--
      mark.seq = Math.max(mark.seq, seq)
    }
    this.#shrink()
  }

  /** The log tells of an invalidation. */
  invalidate(tags: readonly string[], { seq, id }: Position): void {
    // An own one was held before. One of others counts from now on, also if an own later one was answered earlier.
    if (this.#answers.get(seq)?.id === id) return
    for (const tag of tags) {
      const mark = this.#touch(tag)
      mark.seq = Math.max(mark.seq, seq)
      mark.tick = ++this.#ticker.tick
    }
    this.#shrink()
  }

  /** Like {@link hold}, of everything. */
  holdAll(): void {
    this.#cleared.tick = ++this.#ticker.tick
    this.#cleared.pending++
  }

  /** Like {@link settle}, of everything. */
  settleAll(seq: number): void {
    this.#cleared.pending--
    this.#cleared.seq = Math.max(this.#cleared.seq, seq)
  }

  /** Like {@link invalidate}, of everything. */
  clear({ seq, id }: Position): void {
    if (this.#answers.get(seq)?.id === id) return
    this.#cleared.seq = Math.max(this.#cleared.seq, seq)
    this.#cleared.tick = ++this.#ticker.tick
  }

  /**
   * An answer named a change that is committed.
   *
   * @param atMs When it came.
   */
  note(position: Position, atMs: number): void {
    if (position.seq > this.head.seq) this.head = position
    if (position.seq > this.applied.seq) this.#answers.set(position.seq, { id: position.id, atMs })
  }

  /** Whether the log tells of another change where an answer named one. */
  contradicts({ seq, id }: Position): boolean {
    const answer = this.#answers.get(seq)
    this.#answers.delete(seq)
    return answer !== undefined && answer.id !== id
  }

  /** Whether the log, read to its end after `atMs`, does not have a change that was answered before. */
  misses(atMs: number): boolean {
    const [oldest] = this.#answers.values()
    return oldest !== undefined && oldest.atMs < atMs
  }

  /** What was answered is not in the log: it goes on from where the log really is. */
  forget(): void {
    this.head = this.applied
    this.#answers.clear()
    this.epoch++
  }

  /** The log was told up to here. */
  reach(position: Position): void {
    if (position.seq > this.applied.seq) this.applied = position
    if (position.seq > this.head.seq) this.head = position
  }

  /** The next change of a process that is alone. */
  advance(): Position {
    this.head = { seq: this.head.seq + 1, id: '' }
    this.applied = this.head
    return this.head
  }

  /** Begins with another history. What is held stays held. */
  begin({ position, clearedSeq, floorSeq, tags }: History): void {
    const tick = ++this.#ticker.tick
    for (const [tag, mark] of this.#marks) {
      if (mark.pending === 0) this.#marks.delete(tag)
      else mark.seq = 0
    }
    for (const [tag, seq] of tags) {
      const mark = this.#touch(tag)
      mark.seq = seq
      mark.tick = tick
    }
    Object.assign(this.#cleared, { seq: clearedSeq, tick })
    Object.assign(this.#floor, { seq: floorSeq, tick })
    this.head = position
    this.applied = position
    this.isKnown = true
    this.#answers.clear()
    this.epoch++
    this.#shrink()
  }

  #touch(tag: string): Mark {
    const mark = this.#marks.get(tag)
    if (mark === undefined) {
      // Of a forgotten tag the floor is what is known.
      const { seq, tick } = this.#floor
      const made = { seq, tick, pending: 0 }
      this.#marks.set(tag, made)
      return made
    }
    // The order of the map is that of the latest invalidation.
    this.#marks.delete(tag)
    this.#marks.set(tag, mark)
    return mark
  }

  #shrink(): void {
    if (this.#marks.size <= this.#maxTags) return
    for (const [tag, mark] of this.#marks) {
      if (mark.pending > 0) continue
      this.#marks.delete(tag)
      this.#floor.seq = Math.max(this.#floor.seq, mark.seq)
      this.#floor.tick = Math.max(this.#floor.tick, mark.tick)
      if (this.#marks.size <= this.#maxTags) return
    }
  }
}

function isAfter(mark: Mark, seq: number, tick: number): boolean {
  return mark.tick <= tick || (mark.pending === 0 && mark.seq <= seq)
}
