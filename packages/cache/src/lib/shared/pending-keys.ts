/** What this process wants of a key and the log does not have yet. */
export interface PendingKey {
  /** Changes under way. */
  underWay: number
  /** Whether one waits in a queue. */
  isQueued: boolean
  /** The latest change wanted: only its value may be kept. */
  latest: number
  /** The latest change of others that was heard of meanwhile. */
  heardSeq: number
}

/**
 * Keys with changes that the log does not have yet. While a key is among them, what the shared tier says of it is not served
 * here.
 */
export class PendingKeys {
  readonly #keys = new Map<string, PendingKey>()
  #changes = 0

  get size(): number {
    return this.#keys.size
  }

  has(key: string): boolean {
    return this.#keys.size > 0 && this.#keys.has(key)
  }

  /** A change is wanted. Returns its number. */
  begin(key: string): number {
    const pending = this.#get(key)
    pending.underWay++
    pending.latest = ++this.#changes
    return pending.latest
  }

  /**
   * A change has ended, one way or another.
   *
   * @returns Whether its value may be kept: no other one was wanted since, nor heard of after `seq`.
   */
  end(key: string, change: number, seq: number): boolean {
    const pending = this.#get(key)
    pending.underWay--
    const isLatest = pending.latest === change && !pending.isQueued && pending.heardSeq <= seq
    this.#tidy(key, pending)
    return isLatest
  }

  queue(key: string): void {
    this.#get(key).isQueued = true
  }

  unqueue(key: string): void {
    const pending = this.#keys.get(key)
    if (pending === undefined) return
    pending.isQueued = false
    this.#tidy(key, pending)
  }

  /** The log told of a change by anybody. */
  hear(key: string, seq: number): void {
    const pending = this.#keys.get(key)
    if (pending !== undefined) pending.heardSeq = Math.max(pending.heardSeq, seq)
  }

  #get(key: string): PendingKey {
    let pending = this.#keys.get(key)
    if (pending === undefined) {
      pending = { underWay: 0, isQueued: false, latest: 0, heardSeq: 0 }
      this.#keys.set(key, pending)
    }
    return pending
  }

  #tidy(key: string, { underWay, isQueued }: PendingKey): void {
    if (underWay === 0 && !isQueued) this.#keys.delete(key)
  }
}
