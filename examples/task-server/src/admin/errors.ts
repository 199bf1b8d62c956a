/** Thrown when somebody else asks for what is for administrators. */
export class NotAdministratorError extends Error {
  override readonly name: 'NotAdministratorError' = 'NotAdministratorError'
  readonly code: 'ERR_NOT_ADMINISTRATOR' = 'ERR_NOT_ADMINISTRATOR'

  constructor() {
    super('Expected `Authorization: Bearer` with the ADMIN_TOKEN of this server')
  }
}

/** Thrown when as much of something is under way as may be at once. */
export class AdminBusyError extends Error {
  override readonly name: 'AdminBusyError' = 'AdminBusyError'
  readonly code: 'ERR_ADMIN_BUSY' = 'ERR_ADMIN_BUSY'
  readonly retryAfterMs: number = 1_000

  /**
   * @param what What it is, in the plural.
   * @param max How many there may be.
   */
  constructor(what: string, max: number) {
    super(`Expected at most ${max} ${what} at once`)
  }
}

/** Thrown when somebody wants to see the log of a server that does not write one to a file. */
export class NoLogFileError extends Error {
  override readonly name: 'NoLogFileError' = 'NoLogFileError'
  readonly code: 'ERR_NO_LOG_FILE' = 'ERR_NO_LOG_FILE'

  constructor() {
    super('Expected this server to have LOG_FILE: only what is logged to a file can be read here')
  }
}

/** Thrown when it takes too long to look through the log. */
export class LogTooSlowError extends Error {
  override readonly name: 'LogTooSlowError' = 'LogTooSlowError'
  readonly code: 'ERR_LOG_TOO_SLOW' = 'ERR_LOG_TOO_SLOW'
}
