/** What reading came to so far. */
export interface ReadSummary {
  /** Lines that were looked at. */
  readonly scanned: number
  /**
   * Of these, the ones that are no lines of a log: torn, empty, too long, no JSON, or without a time. What the query
   * rules out before it is parsed is not looked at closely, so it may be more.
   */
  readonly skipped: number
  /** What could not be read, and why: at most 20. */
  readonly notes: readonly string[]
}

/** A {@link ReadSummary} that is being counted. */
export interface Tally extends ReadSummary {
  scanned: number
  skipped: number
  readonly notes: string[]
}

const MAX_NOTES = 20

/** Nothing was read yet. */
export function createTally(): Tally {
  return { scanned: 0, skipped: 0, notes: [] }
}

/** Keeps a note, unless there are too many. */
export function addNote({ notes }: Tally, note: string): void {
  if (notes.length < MAX_NOTES) notes.push(note)
}
