import type { LogLevel } from './options.ts'
import type { LogFunction, PinoLogger } from './pino/port.ts'

/** Writes lines at their levels. Nothing it is given makes it throw. */
export interface LogWriter {
  /** The lowest level that is written, such as `info`. Can be changed at any time. */
  level: LogLevel | 'silent'
  /** The pino logger underneath, for whatever wants one. Its lines are the same. */
  readonly pino: PinoLogger
  /** Writes what only somebody who looks for a fault wants to see in its smallest steps. */
  readonly trace: LogFunction
  /** Writes what only somebody who looks for a fault wants to see. */
  readonly debug: LogFunction
  /** Writes what happens when all goes well. */
  readonly info: LogFunction
  /** Writes what somebody should look at some day. */
  readonly warn: LogFunction
  /** Writes what went wrong. */
  readonly error: LogFunction
  /** Writes what ends the process, and lets the destination write all it has. */
  readonly fatal: LogFunction
  /** Whether lines of a level are written: ask before putting together what is costly. */
  isLevelEnabled(level: LogLevel): boolean
  /**
   * Makes a logger whose lines have further fields.
   *
   * @param fields The fields. Written once, here: later changes of what they hold are not seen.
   */
  child(fields: Readonly<Record<string, unknown>>): LogWriter
}

/** A line as it is given: fields or an error first if there are any, then a message and its values. */
type Line = [fields: unknown, message?: string, ...values: unknown[]]

/** Of a line at a level that is off, handing on what it is given is all that it costs: most have one thing or two. */
function handOn(pino: PinoLogger, level: LogLevel, line: readonly unknown[]): void {
  if (line.length === 2) pino[level](line[0], line[1] as string)
  else if (line.length === 1) pino[level](line[0])
  else pino[level](...(line as Line))
}

/** A class, as there may be a child for each request. */
export class PinoWriter implements LogWriter {
  readonly pino: PinoLogger

  constructor(pino: PinoLogger) {
    this.pino = pino
  }

  get level(): LogLevel | 'silent' {
    return this.pino.level as LogLevel
  }

  set level(level: LogLevel | 'silent') {
    this.pino.level = level
  }

  isLevelEnabled(level: LogLevel): boolean {
    return this.pino.isLevelEnabled(level)
  }

  child(fields: Readonly<Record<string, unknown>>): LogWriter {
    return new PinoWriter(this.pino.child(fields))
  }

  trace(...line: readonly unknown[]): void {
    handOn(this.pino, 'trace', line)
  }

  debug(...line: readonly unknown[]): void {
    handOn(this.pino, 'debug', line)
  }

  info(...line: readonly unknown[]): void {
    handOn(this.pino, 'info', line)
  }

  warn(...line: readonly unknown[]): void {
    handOn(this.pino, 'warn', line)
  }

  error(...line: readonly unknown[]): void {
    handOn(this.pino, 'error', line)
  }

  fatal(...line: readonly unknown[]): void {
    handOn(this.pino, 'fatal', line)
  }
}
