/** Keys that are remembered; of more, only how late the latest of them was. */
const MAX_KEYS = 10_000

/**
 * Keys that changed while something was being read from the shared tier. The answer may be from before: it comes on another
 * connection than the log.
 */
export class RecentChanges {
  readonly #changes = new Map<string, number>()
  #floorSeq = 0
  #readers = 0

  /** A read begins. Each must {@link end}. */
  begin(): void {
    this.#readers++
  }

  end(): void {
    this.#readers--
    if (this.#readers > 0) return
    this.#changes.clear()
    this.#floorSeq = 0
  }

  hear(key: string, seq: number): void {
    if (this.#readers === 0) return
    this.#changes.set(key, Math.max(seq, this.#changes.get(key) ?? 0))
    if (this.#changes.size <= MAX_KEYS) return
    for (const heard of this.#changes.values()) this.#floorSeq = Math.max(this.#floorSeq, heard)
    this.#changes.clear()
  }

  /** Whether a value from the tier is older than what was heard of its key. */
  isOlder(key: string, seq: number): boolean {
    return seq < Math.max(this.#floorSeq, this.#changes.get(key) ?? 0)
  }
}
