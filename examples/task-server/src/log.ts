import type { FastifyServerOptions } from 'fastify'
import type { Environment } from './environment.ts'

/** One entry, as pino writes it. */
interface Entry {
  readonly level: number
  readonly msg?: string
  readonly err?: { readonly stack?: string }
}

const WARN = 40

/**
 * Says how to log: in production as JSON, for machines. Elsewhere a person reads along, so only the text.
 *
 * @param environment Which of both, and how much.
 */
export function toLogger({ mode, logLevel }: Environment): NonNullable<FastifyServerOptions['logger']> {
  if (mode === 'production') return { level: logLevel }
  return {
    level: logLevel,
    stream: {
      write(line) {
        const { level, msg = '', err } = JSON.parse(line) as Entry
        const out = level < WARN ? process.stdout : process.stderr
        out.write(`${msg}${err?.stack === undefined ? '' : `\n${err.stack}`}\n`)
      },
    },
  }
}
