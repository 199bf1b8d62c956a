/** What a server is told at its start, as JSON. */
export interface ServerTask {
  /** Name of the load. */
  readonly kind: string
  /** The subject's script. */
  readonly script: string
  /** How much computing fills a millisecond. */
  readonly stepsPerMs: number
  /** Where the database is. Only asked where there are queries. */
  readonly databaseUrl: string
}

/** What a server says when it is asked. */
export interface ServerState {
  /** Requests that are being worked on, or wait for the pool. */
  readonly busy: number
  /** Milliseconds of CPU since its start, of all its threads. */
  readonly cpuMs: number
  /** What the subject itself has to say; only if the question was `report`. */
  readonly report?: unknown
}

/** What is asked. */
export type Question = 'state' | 'report'
