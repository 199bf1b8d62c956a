/** Changes that are remembered for one generation; of more, every answer is taken for too old. */
const MAX_CHANGES = 10_000

/** Reads of the shared tier that began at about the same time. */
export interface Reading {
  /** Those that have not ended. */
  readers: number
  /** The latest change of each key that was heard of since the first of them began. */
  readonly changes: Map<string, number>
}

/**
 * Keys that changed while something was being read from the shared tier. The answer may be from before: it comes on another
 * connection than the log.
 *
 * Some read is always under way in a busy process, so that changes are kept by generations: those of the older one go when its
 * reads have ended, and the younger one becomes the older.
 */
export class RecentChanges {
  #older: Reading | undefined = undefined
  #younger: Reading = { readers: 0, changes: new Map() }

  /** Changes that are kept. */
  get size(): number {
    return this.#younger.changes.size + (this.#older?.changes.size ?? 0)
  }

  /** A read begins. Each must {@link end}. */
  begin(): Reading {
    if (this.#older === undefined && this.#younger.changes.size > 0) this.#turn()
    this.#younger.readers++
    return this.#younger
  }

  /** Somebody else uses what was read: it {@link end}s only with both. */
  join(reading: Reading): Reading {
    reading.readers++
    return reading
  }

  end(reading: Reading): void {
    reading.readers--
    if (this.#older?.readers === 0) this.#older = undefined
    const { readers, changes } = this.#younger
    if (readers === 0 && changes.size > 0 && this.#older === undefined) changes.clear()
  }

  hear(key: string, seq: number): void {
    const { changes, readers } = this.#younger
    if (readers === 0 && this.#older === undefined) return
    if (changes.size < MAX_CHANGES || changes.has(key)) changes.set(key, Math.max(seq, changes.get(key) ?? 0))
    else changes.set(EVERY_KEY, Number.POSITIVE_INFINITY)
  }

  /** Whether a value from the tier is older than what was heard of its key. */
  isOlder(key: string, seq: number): boolean {
    return isOlder(this.#younger, key, seq) || (this.#older !== undefined && isOlder(this.#older, key, seq))
  }

  #turn(): void {
    this.#older = this.#younger
    this.#younger = { readers: 0, changes: new Map() }
  }
}

/** No key of a user is empty. */
const EVERY_KEY = ''

function isOlder({ changes }: Reading, key: string, seq: number): boolean {
  return changes.size > 0 && seq < Math.max(changes.get(key) ?? 0, changes.get(EVERY_KEY) ?? 0)
}
