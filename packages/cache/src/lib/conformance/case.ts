/** One thing that every store or tier should do. */
export interface ConformanceCase {
  /** What it should do. */
  readonly name: string
  /**
   * Tries it, with a store or tiers of its own.
   *
   * @returns Rejects with an error that says what is wrong.
   */
  run(): Promise<void>
}

/**
 * @param isRight Whether it is so.
 * @param what What should be so.
 * @throws {Error} If it is not.
 */
export function check(isRight: boolean, what: string): asserts isRight {
  if (!isRight) throw new Error(`Expected that ${what}`)
}

/**
 * @param actual What is.
 * @param expected What should be: compared as JSON.
 * @param what Whose value that is.
 * @throws {Error} If they differ.
 */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)]
  check(is === should, `${what} is ${should}, but it is ${is}`)
}
