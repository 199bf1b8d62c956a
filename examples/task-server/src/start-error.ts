/** Why the server cannot start, as lines that a person can act on. Never holds a password. */
export class StartError extends Error {
  override readonly name: 'StartError' = 'StartError'
  /** One problem each. */
  readonly lines: readonly string[]

  /**
   * @param lines One problem each, all that are known.
   * @param options What it was caused by.
   */
  constructor(lines: readonly string[], options?: ErrorOptions) {
    super(lines.join('\n'), options)
    this.lines = lines
  }
}

/**
 * The shortest text that says what went wrong.
 *
 * @param error What was caught.
 */
export function toReason(error: unknown): string {
  // A host with several addresses fails with one error for each, and no text of its own.
  if (error instanceof AggregateError && error.message === '') return toReason(error.errors[0])
  const text = error instanceof Error ? error.message : String(error)
  return text.trim().replaceAll(/\s+/g, ' ') || 'no reason was given'
}
