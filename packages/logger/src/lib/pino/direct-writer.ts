/**
 * Writes lines of one logger without asking for its level, and past what pino does with what is given to its `info`
 * and the like: prefixes, hooks, mixins, `%s`. Only for a logger that has none of them.
 */
export interface DirectWriter {
  /** What stands before a line's message, and after it. */
  readonly messageText: string
  readonly end: string
  /** Writes a line. Never throws. */
  write(level: string, fields: Readonly<Record<string, unknown>>, message: string): void
  /**
   * What a line of a request begins with: all but its context and its own fields.
   *
   * @returns Nothing where more has to be done for a line, as another field has one of its names.
   */
  opening(level: string): string | undefined
  /** Writes a whole line. Throws what its stream throws. */
  put(level: string, line: string): void
  /** Writes in place of a line that it could not be written. Never throws. */
  failed(level: string, error: unknown): void
}
