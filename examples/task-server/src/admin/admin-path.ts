/** Below this is what is for administrators. */
export const ADMIN_PATH = '/admin'

/** Where the log is followed. */
export const TAIL_PATH = `${ADMIN_PATH}/logs/tail`

/**
 * Whether this path is for administrators.
 *
 * @param path The path.
 */
export function isAdminPath(path: string): boolean {
  return path.startsWith(`${ADMIN_PATH}/`)
}
