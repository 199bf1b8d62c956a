/** Writes a line at one level, as pino does: fields or an error first if there are any, then a message and what its `%s` stand for. */
export interface LogFunction {
  /**
   * @param fields Fields of the line, or an error.
   * @param message What happened.
   * @param values What stands for `%s`, `%d`, `%o` and `%j` in it.
   */
  (fields: unknown, message?: string, ...values: unknown[]): void
  /**
   * @param message What happened.
   * @param values What stands for `%s`, `%d`, `%o` and `%j` in it.
   */
  (message: string, ...values: unknown[]): void
}

/**
 * As much of a pino logger as is used here. Declared, so that no types of pino are needed;
 * `test/pino-compat.test-d.ts` keeps it true to the real one.
 */
export interface PinoLogger {
  /** The lowest level that is written, such as `info`. */
  level: string
  /** Writes a line. */
  readonly trace: LogFunction
  /** Writes a line. */
  readonly debug: LogFunction
  /** Writes a line. */
  readonly info: LogFunction
  /** Writes a line. */
  readonly warn: LogFunction
  /** Writes a line. */
  readonly error: LogFunction
  /** Writes a line. */
  readonly fatal: LogFunction
  /** Writes nothing. */
  readonly silent: LogFunction
  /** Whether lines of a level are written. */
  isLevelEnabled(level: string): boolean
  /**
   * Makes a logger whose lines have further fields.
   *
   * @param bindings The fields.
   * @param options As pino takes them.
   */
  // biome-ignore lint/suspicious/noExplicitAny: pino's options depend on type parameters of its own
  child(bindings: Record<string, unknown>, options?: any): PinoLogger
}

/** What pino writes its lines to. */
export interface PinoStream {
  /** Takes one line, with its newline. */
  write(line: string): unknown
  /** Writes everything that waits, on this turn. */
  flushSync?(): void
}
