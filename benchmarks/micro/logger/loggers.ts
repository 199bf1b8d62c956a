import { createLogger, type Logger, type LoggerOptions } from '@breakwater/logger'
import { type Logger as Pino, type LoggerOptions as PinoOptions, pino } from 'pino'
import type { Sink } from './sink.ts'

/** Fields of every line, of everybody. */
export const BASE: Readonly<Record<'env' | 'service', string>> = { env: 'bench', service: 'tasks' }

/**
 * Ours, as it comes: it looks for secrets in whatever it writes.
 *
 * @param sink Where it writes to.
 * @param options What differs.
 */
export function toOurs(sink: Sink, options: LoggerOptions = {}): Logger {
  // What others do in this process is none of its business, and a crash is nobody's.
  return createLogger({ ...BASE, destination: sink, hear: false, crashes: false, ...options })
}

/**
 * pino, as it comes: levels are numbers, and times are Unix milliseconds.
 *
 * @param sink Where it writes to.
 * @param options What differs.
 */
export function toPino(sink: Sink, options: PinoOptions = {}): Pino {
  return pino({ base: BASE, ...options }, sink)
}
