import type { LogLevel } from '../../options.ts'

/** Least first. Their numbers, as of pino, are 10 to 60. */
export const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']

/** What loggers and Grafana call them. */
const WORDS: Readonly<Record<LogLevel, readonly string[]>> = {
  trace: ['trace'],
  debug: ['debug', 'dbug'],
  info: ['info', 'information', 'informational', 'notice'],
  warn: ['warn', 'warning'],
  error: ['error', 'err', 'eror'],
  fatal: ['fatal', 'critical', 'crit', 'alert', 'emerg', 'emergency', 'panic'],
}

const MEANINGS: ReadonlyMap<string, LogLevel> = new Map(
  LEVELS.flatMap((level) => WORDS[level].map((word) => [word, level] as const)),
)

/**
 * The name of a level.
 *
 * @param value What stands in a line: a word of any logger, or pino's number.
 * @returns One of ours where it is known, else as it stands; empty if there is none.
 */
export function toLevel(value: unknown): string {
  if (typeof value === 'string') return MEANINGS.get(value) ?? MEANINGS.get(value.toLowerCase()) ?? value
  if (typeof value === 'number') return LEVELS[value / 10 - 1] ?? String(value)
  return ''
}

/** How much a level matters, as pino counts: 10 to 60; `NaN` if it is not known, which is neither above nor below any. */
export function rankOf(value: unknown): number {
  if (typeof value === 'number') return value
  const index = LEVELS.indexOf(toLevel(value) as LogLevel)
  return index === -1 ? Number.NaN : (index + 1) * 10
}

/** Every word for a level and those above it. */
export function wordsFrom(level: LogLevel): readonly string[] {
  return LEVELS.slice(LEVELS.indexOf(level)).flatMap((above) => WORDS[above])
}
