/**
 * Tells other instances, and hears from them, that boards were changed. What is told may be lost, doubled, late or in any order:
 * it only says where it is worth looking.
 */
export interface Hints {
  /**
   * Tells other instances. Nothing is waited for, and nothing thrown.
   *
   * @param board What was changed, or `undefined` if nobody can tell.
   */
  tell(board: string | undefined): void
  /**
   * Begins to hear, at most once at a time. What happened while nobody heard is told as a hint that nobody can tell of.
   *
   * @param onHint Hears which board was changed, if that is known, and which version it has since then, if that is known, too.
   * @param onState Hears when nothing can be heard for now, and why, and with `undefined` that it is over.
   * @returns A function that stops it.
   */
  hear(
    onHint: (board: string | undefined, version: number | undefined) => void,
    onState: (error: unknown) => void,
  ): () => void
}

/** Of a process that has its database to itself: there is nobody else. */
export const NO_HINTS: Hints = { tell: () => undefined, hear: () => () => undefined }
