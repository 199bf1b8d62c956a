import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readSecurity, type Security } from './security-variables.ts'
import { StartError } from './start-error.ts'

const MODES = ['development', 'test', 'production'] as const
const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['0', false],
  ['1', true],
])
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** `.data/task-server` under the root of the repository, which git ignores. */
const DEFAULT_DATA_DIRECTORY = fileURLToPath(new URL('../../../.data/task-server', import.meta.url))

/** What the server was told by environment variables, checked. */
export interface Environment {
  /**
   * What the other defaults depend on: `NODE_ENV`.
   *
   * @defaultValue `development`
   */
  readonly mode: (typeof MODES)[number]
  /**
   * Address to listen on: `HOST`.
   *
   * @defaultValue `127.0.0.1`, and in production `0.0.0.0`, as a container is reached from outside
   */
  readonly host: string
  /**
   * Port to listen on, 0 for any free one: `PORT`.
   *
   * @defaultValue 3,000, and in production 8,080
   */
  readonly port: number
  /**
   * Whether other processes may listen on the same port, so that the next one is there before this one goes: `REUSE_PORT`. Linux only.
   *
   * @defaultValue `false`
   */
  readonly reusePort: boolean
  /**
   * The least level that is logged: `LOG_LEVEL`.
   *
   * @defaultValue `debug`, and in production `info`
   */
  readonly logLevel: (typeof LOG_LEVELS)[number]
  /**
   * File that is logged to as JSON, instead of standard output: `LOG_FILE`. Rotated at 10 MB, three older ones are kept, 30 days at most.
   *
   * @defaultValue none
   */
  readonly logFile: string | undefined
  /**
   * How many tasks there may be at once: `MAX_TASKS`.
   *
   * @defaultValue 1,000, and in production 10,000
   */
  readonly maxTasks: number
  /**
   * How many WebSockets there may be at once, in this process: `MAX_CONNECTIONS`.
   *
   * @defaultValue 50, and in production 100
   */
  readonly maxConnections: number
  /**
   * Where PostgreSQL is: `DATABASE_URL`. It may hold a password, so it is never shown.
   *
   * @defaultValue none: tasks are kept in a PostgreSQL embedded in this process
   */
  readonly databaseUrl: string | undefined
  /**
   * Redis, through which several instances share their cache: `REDIS_URL`. It may hold a password, so it is never shown.
   *
   * @defaultValue none: each has a cache of its own
   */
  readonly redisUrl: string | undefined
  /**
   * Folder of the embedded PostgreSQL: `DATA_DIR`.
   *
   * @defaultValue `.data/task-server` under the root of the repository
   */
  readonly dataDirectory: string
  /**
   * Port on which a thread of its own says whether the process is alive, 0 for any free one: `HEALTH_PORT`.
   *
   * @defaultValue none: there is no such thread
   */
  readonly healthPort: number | undefined
  /**
   * Where a collector takes spans by OTLP over HTTP: `OTEL_EXPORTER_OTLP_ENDPOINT`, with `/v1/traces` behind it. It may hold
   * a password, so it is never shown.
   *
   * @defaultValue none: there are no spans
   */
  readonly tracesUrl: string | undefined
  /**
   * Shows details to those who send it: `ADMIN_TOKEN`. It is never shown.
   *
   * @defaultValue none: nobody sees them
   */
  readonly adminToken: string | undefined
  /**
   * How many requests a second are looked at, at most, for the slowest ones, which are kept with all that was done in them:
   * `SLOW_TRACES_PER_SECOND`. With a collector it is all of them.
   *
   * @defaultValue 20, and 0 without `ADMIN_TOKEN`, as nobody could look at them
   */
  readonly slowTracesPerSecond: number
  /** Whom to trust, and how far. */
  readonly security: Security
}

/**
 * Reads the environment variables.
 *
 * @param variables Such as `process.env`. One that is set but empty is a mistake, and not the same as none.
 * @throws {StartError} With a line for each variable that is wrong.
 */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const problems: string[] = []

  function read<value>(
    name: string,
    fallback: value,
    expected: string,
    parse: (text: string) => value | undefined,
  ): value {
    const text = variables[name]
    if (text === undefined) return fallback
    const value = parse(text)
    if (value === undefined) problems.push(`Expected ${name} to be ${expected}, got ${shown(text)}`)
    return value ?? fallback
  }

  const mode = read('NODE_ENV', 'development', list(MODES), (text) => MODES.find((name) => name === text))
  const isProduction = mode === 'production'
  const environment: Environment = {
    mode,
    host: read('HOST', isProduction ? '0.0.0.0' : '127.0.0.1', 'a host name or an IP address', toHost),
    port: read('PORT', isProduction ? 8_080 : 3_000, 'an integer from 0 to 65535', (text) =>
      toInteger(text, 0, 65_535),
    ),
    reusePort: read<boolean>('REUSE_PORT', false, '0 or 1', (text) => FLAGS.get(text)),
    logLevel: read('LOG_LEVEL', isProduction ? 'info' : 'debug', list(LOG_LEVELS), (text) =>
      LOG_LEVELS.find((level) => level === text),
    ),
    logFile: read<string | undefined>('LOG_FILE', undefined, 'the path of a file', toPath),
    maxTasks: read('MAX_TASKS', isProduction ? 10_000 : 1_000, 'an integer from 1 to 1000000', (text) =>
      toInteger(text, 1, 1_000_000),
    ),
    maxConnections: read('MAX_CONNECTIONS', isProduction ? 100 : 50, 'an integer from 1 to 100000', (text) =>
      toInteger(text, 1, 100_000),
    ),
    dataDirectory: read('DATA_DIR', DEFAULT_DATA_DIRECTORY, 'the path of a folder', toPath),
    databaseUrl: variables.DATABASE_URL,
    redisUrl: variables.REDIS_URL,
    healthPort: read<number | undefined>('HEALTH_PORT', undefined, 'an integer from 0 to 65535', (text) =>
      toInteger(text, 0, 65_535),
    ),
    tracesUrl: toTracesUrl(variables.OTEL_EXPORTER_OTLP_ENDPOINT),
    adminToken: variables.ADMIN_TOKEN,
    slowTracesPerSecond: read(
      'SLOW_TRACES_PER_SECOND',
      variables.ADMIN_TOKEN === undefined ? 0 : 20,
      'an integer from 0 to 100000',
      (text) => toInteger(text, 0, 100_000),
    ),
    security: readSecurity(variables, isProduction, read, problems),
  }
  if (environment.databaseUrl !== undefined && !isPostgresUrl(environment.databaseUrl)) {
    problems.push(
      'Expected DATABASE_URL to be like postgres://user:password@host:5432/name (what it is may hold a password)',
    )
  }
  if (environment.redisUrl !== undefined && !isRedisUrl(environment.redisUrl)) {
    problems.push('Expected REDIS_URL to be like redis://user:password@host:6379/0 (what it is may hold a password)')
  }
  if (environment.tracesUrl !== undefined && !/^https?:$/.test(URL.parse(environment.tracesUrl)?.protocol ?? '')) {
    problems.push(
      'Expected OTEL_EXPORTER_OTLP_ENDPOINT to be like http://127.0.0.1:4318 (what it is may hold a password)',
    )
  }
  if (environment.adminToken !== undefined && !isToken(environment.adminToken)) {
    problems.push('Expected ADMIN_TOKEN to be at least 16 characters of ASCII without spaces')
  }
  if (environment.healthPort === environment.port && environment.port !== 0) {
    problems.push(`Expected HEALTH_PORT to differ from PORT, got ${environment.port} for both`)
  }
  if (problems.length > 0) throw new StartError(problems)
  return environment
}

function toInteger(text: string, least: number, most: number): number | undefined {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  return value >= least && value <= most ? value : undefined
}

function toHost(text: string): string | undefined {
  return /^[\w.:-]+$/.test(text) ? text : undefined
}

function toPath(text: string): string | undefined {
  return text.trim() === '' || text.includes('\0') ? undefined : resolve(text)
}

/** As OpenTelemetry's specification has it. */
function toTracesUrl(endpoint: string | undefined): string | undefined {
  return endpoint === undefined ? undefined : `${endpoint.replace(/\/$/, '')}/v1/traces`
}

function isPostgresUrl(text: string): boolean {
  try {
    const url = new URL(text)
    for (const part of [url.username, url.password, url.pathname]) decodeURIComponent(part)
    return url.protocol === 'postgres:' || url.protocol === 'postgresql:'
  } catch {
    return false
  }
}

function isRedisUrl(text: string): boolean {
  try {
    const url = new URL(text)
    for (const part of [url.username, url.password]) decodeURIComponent(part)
    return /^rediss?:$/.test(url.protocol) && url.hostname !== '' && /^(\/\d{0,5})?$/.test(url.pathname)
  } catch {
    return false
  }
}

/** It is sent as part of a header. */
function isToken(text: string): boolean {
  return /^[!-~]{16,}$/.test(text)
}

function list(choices: readonly string[]): string {
  return `one of ${choices.join(', ')}`
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
