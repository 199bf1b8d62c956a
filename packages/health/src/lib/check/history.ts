import type { HistoryEntry } from '../report.ts'

const LONGEST = 20

/** The last things that happened to a check. */
export class History {
  #entries: readonly HistoryEntry[] = []

  /** Oldest first. Never changed afterwards. */
  get entries(): readonly HistoryEntry[] {
    return this.#entries
  }

  /** Forgets the oldest one if it has to. */
  add(entry: HistoryEntry): void {
    this.#entries = [...this.#entries.slice(1 - LONGEST), entry]
  }
}
