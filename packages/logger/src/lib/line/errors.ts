import { type Entry, entriesOfMembers } from './objects.ts'

const BUILT_IN: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'errors', 'code'])

/**
 * What a line shows of an error: its type, message, code, stack, what caused it, what it sums up, and all that
 * was put on it.
 *
 * @param stackName How its stack is called.
 */
export function* entriesOfError(error: Error, stackName: string): Generator<Entry> {
  yield ['type', () => typeOf(error)]
  yield ['message', () => error.message]
  const { code, cause, errors } = error as Error & { readonly code?: unknown; readonly errors?: unknown }
  if (code !== undefined) yield ['code', () => code]
  yield [stackName, () => error.stack]
  if (cause !== undefined) yield ['cause', () => cause]
  if (errors !== undefined) yield ['errors', () => errors]
  yield* entriesOfMembers(error, BUILT_IN)
}

/** Names are set by those who care; a class without one has its own, though a bundler may have shortened it. */
function typeOf(error: Error): string {
  return error.name !== 'Error' && error.name !== '' ? String(error.name) : error.constructor.name
}

/** Why something could not be read, whatever was thrown. */
export function describeFailure(error: unknown): string {
  try {
    return error instanceof Error ? String(error.message) : String(error)
  } catch {
    return 'no reason that can be read'
  }
}
