import { expect } from 'vitest'
import { createLogger, type Logger, type LoggerOptions } from '../../src/index.ts'

/** A line, parsed. */
export type Line = Readonly<Record<string, unknown>>

/** A destination that keeps what it is given. */
export interface Collected {
  /** As they were written, with their newlines. */
  readonly raw: string[]
  /** The same, parsed. */
  readonly lines: Line[]
  /** Takes a line. */
  write(line: string): void
}

/** Makes a destination that keeps what it is given. Fails the test where a line is not what every line has to be. */
export function collect(): Collected {
  const raw: string[] = []
  const lines: Line[] = []
  return {
    raw,
    lines,
    write(line) {
      raw.push(line)
      try {
        lines.push(parseLine(line))
      } catch (error) {
        lines.push({})
        // Thrown here, it would be the logger's to deal with.
        expect.soft(error).toBeUndefined()
      }
    },
  }
}

/** Makes a logger, and keeps its lines. It hears nobody and sees no crash, unless it is told to. */
export function collecting(options: LoggerOptions = {}): { logger: Logger } & Pick<Collected, 'raw' | 'lines'> {
  const destination = collect()
  const own = options.pino === undefined ? ({ level: 'trace', destination } as const) : {}
  const logger = createLogger({ service: 'tasks', env: 'test', hear: false, crashes: false, ...own, ...options })
  return { logger, raw: destination.raw, lines: destination.lines }
}

/** Parses a line, and fails where it is not what every line has to be. */
export function parseLine(line: string): Line {
  if (!line.endsWith('\n') || line.indexOf('\n') !== line.length - 1)
    throw new Error(`Expected one line, got ${JSON.stringify(line)}`)
  const parsed = JSON.parse(line) as Line
  const twice = repeatedNames(line.slice(0, -1))
  if (twice.length > 0) throw new Error(`Expected each name once, got ${twice.join(', ')} in ${line}`)
  return parsed
}

/** Names that an object at any depth of a JSON text has more than once. `JSON.parse` would not tell. */
export function repeatedNames(json: string): string[] {
  const repeated: string[] = []
  const open: (Set<string> | undefined)[] = []
  const tokens = json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)
  for (const [token, colon] of tokens) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(undefined)
    else if (token === '}' || token === ']') open.pop()
    else if (colon !== undefined) {
      const name = JSON.parse(token.slice(0, -colon.length)) as string
      const names = open.at(-1)
      if (names?.has(name)) repeated.push(name)
      names?.add(name)
    }
  }
  return repeated
}
