/** Where a task is if nobody says. */
export const DEFAULT_BOARD = 'main'

/** What every name of a board is like: it is safe in URLs, keys and channels. The table checks the same. */
export const BOARD_PATTERN = '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$'

const PATTERN = new RegExp(BOARD_PATTERN)

/**
 * Whether a board can have this name.
 *
 * @param name What was given.
 */
export function isBoardName(name: string): boolean {
  return PATTERN.test(name)
}
