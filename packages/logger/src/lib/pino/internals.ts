import type { PinoLogger, PinoStream } from './port.ts'

/** Pino's own functions and settings on each of its loggers, found under symbols. */
export interface PinoInternals extends PinoLogger {
  readonly levels: {
    readonly labels: Readonly<Record<number, string>>
    readonly values: Readonly<Record<string, number>>
  }
  setBindings(bindings: object): void
  readonly [key: symbol]: unknown
}

/** Which of pino's symbols are used, by what they are called. */
const NAMES = [
  'asJson',
  'chindings',
  'end',
  'errorKey',
  'formatOpts',
  'formatters',
  'lsCache',
  'messageKey',
  'nestedKey',
  'nestedKeyStr',
  'serializers',
  'setLevel',
  'stream',
  'stringifiers',
  'time',
  'wildcardFirst',
  'write',
] as const

/** Symbols that are missing where what they stand for is not used. */
const OPTIONAL: readonly string[] = ['nestedKey', 'nestedKeyStr', 'wildcardFirst']

/** Pino's symbols, as the copy of pino that made a logger has them. */
export type PinoSymbols = { readonly [name in (typeof NAMES)[number]]: symbol }

/**
 * Finds pino's symbols on a logger. Each copy of pino has its own, and a process may have several.
 *
 * @throws {TypeError} If it is no logger of pino's, or of one that this package does not know.
 */
export function findSymbols(logger: PinoLogger): PinoSymbols {
  const found = new Map<string, symbol>()
  for (let object: object | null = logger; object !== null; object = Object.getPrototypeOf(object))
    for (const symbol of Object.getOwnPropertySymbols(object)) {
      const name = symbol.description?.match(/^pino\.(\w+)$/)?.[1]
      if (name !== undefined && !found.has(name)) found.set(name, symbol)
    }
  for (const name of NAMES)
    if (!found.has(name)) {
      if (!OPTIONAL.includes(name))
        throw new TypeError(`Expected \`pino\` to be a logger of pino 8 or newer, got one without "pino.${name}"`)
      found.set(name, Symbol(`pino.${name}`))
    }
  return Object.fromEntries(found) as unknown as PinoSymbols
}

/** What a logger of pino's writes to. */
export function streamOf(logger: PinoLogger, symbols: PinoSymbols): PinoStream {
  return (logger as PinoInternals)[symbols.stream] as PinoStream
}
