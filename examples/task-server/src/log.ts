import {
  type ContextOptions,
  createDestination,
  createLogger,
  type Destination,
  isDestinationError,
  type Logger,
} from '@breakwater/logger'
import type { Environment } from './environment.ts'
import { StartError } from './start-error.ts'

/** One line, as the logger writes it. */
interface Line {
  readonly level: string
  readonly msg?: string
  readonly err?: { readonly stack?: string }
  readonly event?: string
  readonly method?: string
  /** Of a request that did not come over HTTP, in place of method and path. */
  readonly operation?: string
  readonly path?: string
  readonly status?: number
  readonly durationMs?: number
  readonly outcome?: string
}

const MB = 1_000_000
const DAY_MS = 86_400_000
/** What is loud enough for stderr. Requests that went wrong are somebody else's fault as often as not. */
const LOUD: readonly string[] = ['warn', 'error', 'fatal']

/** What no `log-*.ts` puts in sentences for a person. */
const CHANNELS = ['breakwater:core', 'breakwater:logger']

/**
 * Makes what logs: in production as JSON, for machines, with what every package tells. Elsewhere a person reads along, so only
 * the text, in sentences.
 *
 * @param environment Which of both, how much, and where to.
 * @param activeSpan Finds the span that a line belongs to.
 * @throws {StartError} If the file cannot be had.
 */
export function createServerLogger(
  { mode, logLevel, logFile }: Environment,
  activeSpan?: ContextOptions['activeSpan'],
): Logger {
  const options = { service: 'task-server', env: mode, level: logLevel, context: { activeSpan } }
  if (logFile !== undefined) return createLogger({ ...options, destination: openFile(logFile) })
  if (mode === 'production') return createLogger(options)
  return createLogger({ ...options, hear: { channels: CHANNELS }, destination: { write: tellPerson } })
}

/** Whether what the packages tell has to be put in sentences. */
export function isForPerson({ mode, logFile }: Environment): boolean {
  return mode !== 'production' && logFile === undefined
}

function openFile(path: string): Destination {
  try {
    return createDestination({ path, rotate: { maxBytes: 10 * MB, keepFiles: 3, keepForMs: 30 * DAY_MS } })
  } catch (error) {
    if (!isDestinationError(error)) throw error
    throw new StartError([`LOG_FILE: ${error.message}`], { cause: error })
  }
}

function tellPerson(text: string): void {
  const line = JSON.parse(text) as Line
  const isRequest = line.event === 'request'
  const isTiming = isRequest || line.event === 'performance'
  const out = LOUD.includes(line.level) && !isTiming ? process.stderr : process.stdout
  out.write(
    `${isRequest ? requestText(line) : (line.msg ?? '')}${line.err?.stack === undefined ? '' : `\n${line.err.stack}`}\n`,
  )
}

function requestText({ method, path, operation, status, durationMs, outcome }: Line): string {
  return `${operation ?? `${method} ${path}`} ${outcome === 'finished' ? status : outcome} in ${durationMs} ms`
}
