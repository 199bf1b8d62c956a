import type { PolicyCallOptions } from '@breakwater/core'

/** One statement, always the same text, so that a server can keep its plan. */
export interface Statement {
  /** Name, unlike any other's: one of a handful. */
  readonly name: string
  /** SQL, with `$1` and so on for values. */
  readonly text: string
  /**
   * Whether running it twice is the same as running it once, as it is for one that only reads. Such a one may be run
   * again when its answer was lost.
   *
   * @defaultValue `false`: nobody knows whether what was lost took effect, and it must not take effect twice
   */
  readonly isRepeatable?: boolean | undefined
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
  /** How many statements and transactions it runs at once. What is asked beyond waits in it, without limit. */
  readonly maxConcurrent: number
  /**
   * Runs one statement, and all of it or nothing.
   *
   * @param statement What to run.
   * @param values Its values.
   * @param options Who may give it up: on a server, its connection is closed then.
   * @returns Its rows. Rejects with a `DatabaseUnavailableError` if it cannot serve now, and with a
   * `DatabaseAnswerLostError` if it breaks off.
   */
  query<row>(statement: Statement, values?: readonly unknown[], options?: PolicyCallOptions): Promise<readonly row[]>
  /**
   * Runs statements that happen all or not at all.
   *
   * @param run What to do. If it rejects, nothing has happened.
   */
  transaction<result>(run: (connection: Connection) => Promise<result>): Promise<result>
  /**
   * Lets go of its connections, as they may lead nowhere: what is asked from now on gets new ones, and what runs is not
   * disturbed. Not there where there are no connections.
   */
  readonly renew?: (() => void) | undefined
  /** Finishes what runs, then lets go of everything. Call it once. */
  close(): Promise<void>
}
