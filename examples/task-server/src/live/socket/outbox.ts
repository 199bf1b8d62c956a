import type { SharedMessage } from './shared-message.ts'
import type { SnapshotReader } from './snapshots.ts'

/** A message, and what of it goes over the wire. */
export interface Ready {
  readonly message: SharedMessage
  readonly frame: Buffer
}

/** What waits for one client, in order. */
export class Outbox {
  readonly #entries: (Ready | SnapshotReader)[] = []
  readonly #canInflate: boolean
  #bytes = 0

  /** @param canInflate Whether the client takes what is compressed. */
  constructor(canInflate: boolean) {
    this.#canInflate = canInflate
  }

  /** How many messages wait. Of a snapshot, each part that the board's feed gave is one. */
  get messages(): number {
    return this.#entries.length
  }

  /** How many bytes they are, on the wire. Those of snapshots are no bytes yet, and are limited for all clients together. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Adds a message, or part of a snapshot.
   *
   * @param entry Which one.
   */
  add(entry: SharedMessage | SnapshotReader): void {
    if ('next' in entry) this.#entries.push(entry)
    else {
      const frame = entry.frame(this.#canInflate)
      this.#entries.push({ message: entry, frame })
      this.#bytes += frame.length
    }
  }

  /** Takes the next message, or `undefined` if there is none. */
  take(): Ready | undefined {
    for (;;) {
      const [first] = this.#entries
      if (first === undefined) return undefined
      if (!('next' in first)) {
        this.#entries.shift()
        this.#bytes -= first.frame.length
        return first
      }
      const message = first.next()
      if (message !== undefined) return { message, frame: message.frame(this.#canInflate) }
      this.#entries.shift()
    }
  }

  /** Forgets everything. */
  clear(): void {
    for (const entry of this.#entries) if ('next' in entry) entry.release()
    this.#entries.length = 0
    this.#bytes = 0
  }
}
