/** One statement, always the same text, so that a server can keep its plan. */
export interface Statement {
  /** Name, unlike any other's: one of a handful. */
  readonly name: string
  /** SQL, with `$1` and so on for values. */
  readonly text: string
}

/** One connection, in a transaction. */
export interface Connection {
  /**
   * Runs a script.
   *
   * @param script One SQL statement or several, without values.
   * @returns Rows of the last one.
   */
  run(script: string): Promise<readonly Readonly<Record<string, unknown>>[]>
}

/** Where tasks are kept: PostgreSQL, in a server of its own or in this process. */
export interface Database {
  /** Which one and where, for people. Holds no password. */
  readonly description: string
  /**
   * Runs one statement, and all of it or nothing.
   *
   * @param statement What to run.
   * @param values Its values.
   * @returns Its rows. Rejects with a `DatabaseUnavailableError` if it is away, and a `DatabaseBusyError` if too many wait.
   */
  query<row>(statement: Statement, values?: readonly unknown[]): Promise<readonly row[]>
  /**
   * Runs statements that happen all or not at all.
   *
   * @param run What to do. If it rejects, nothing has happened.
   */
  transaction<result>(run: (connection: Connection) => Promise<result>): Promise<result>
  /** Finishes what runs, then lets go of everything. Call it once. */
  close(): Promise<void>
}
