/** A real server that tests and demos use. */
export interface Service extends AsyncDisposable {
  /** Where it is, with everything needed to connect. */
  readonly url: string
  /** Where it came from: an environment variable such as `DATABASE_URL`, `PATH`, a folder, or `apt`. */
  readonly from: string
  /** Ends it and removes everything it left. Calling it twice is harmless. */
  stop(): Promise<void>
}

/** What a test may do to a server of its own, and must not do to one that it was lent by an environment variable. */
export interface OwnServer {
  /** Its loopback port, the same after {@link restart}. */
  readonly port: number
  /** The process now running, or the last one that ran. Another after {@link restart}. */
  readonly pid: number
  /** Whether it runs. One that was paused, then killed, has ended. */
  readonly state: 'running' | 'paused' | 'ended'
  /** Its temporary directory, which holds its data and its log. */
  readonly directory: string
  /** The end of what it logged. */
  log(): string
  /** Kills it and all its child processes (SIGKILL). Resolves when they are gone. */
  kill(): Promise<void>
  /** Freezes it and all its child processes (SIGSTOP): connections stay open and nobody answers. */
  pause(): Promise<void>
  /** Lets it go on after {@link pause} (SIGCONT). */
  resume(): Promise<void>
  /** Starts it again on the same port and data, after ending it properly if it still runs. Resolves when it answers. */
  restart(): Promise<void>
}

/** A service that is not to be had on this machine. */
export interface Skipped {
  /** Why, and what would help. */
  readonly skip: string
}

/** Environment variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Options for a service that may be one lent by an environment variable. */
export interface ShareableOptions {
  /** @defaultValue `false` */
  readonly own?: false | undefined
  /** @defaultValue `process.env` */
  readonly env?: Environment | undefined
}

/** Options for a service that the test may kill, freeze, empty and configure. */
export interface OwnOptions {
  /** Passes over the environment variable: what was lent is not killed. */
  readonly own: true
  /** The server's own settings, by the names it gives them, over those set here. */
  readonly settings?: Readonly<Record<string, string>> | undefined
  /** @defaultValue `process.env` */
  readonly env?: Environment | undefined
}

/** Options for several servers that belong together. They are always the test's own. */
export type GroupOptions = Omit<OwnOptions, 'own'>

/**
 * Whether a variable is set to anything but `0` or `false`.
 *
 * @param env Where to look.
 * @param name The variable.
 */
export function isSet(env: Environment, name: string): boolean {
  return !['', '0', 'false'].includes(env[name] ?? '')
}
