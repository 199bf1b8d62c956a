import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Log } from './log.ts'

/** What is looked for. */
export const QUERIES = ['rare text', 'one trace', 'errors of an hour', 'counts per minute'] as const

/** One of them. */
export type Query = (typeof QUERIES)[number]

/** What a process searches. */
export interface SearchTask {
  /** Where. */
  readonly log: Log
  /** What. */
  readonly query: Query
  /** With what. */
  readonly by: 'reader' | 'hand'
}

/** What came of a search. */
export interface Searched {
  /** How many lines were found, or counted. */
  readonly found: number
  /** How long it took, on the clock. */
  readonly seconds: number
  /** How much more memory the process had at its peak than just before. */
  readonly grownMib: number
}

const ENTRY = fileURLToPath(new URL('search-process.ts', import.meta.url))
const LIMIT_MS = 60_000

/**
 * Searches once, in a process of its own, so that what another search left does not count.
 *
 * @param task What, and with what.
 * @returns Rejects if it does not find what there is.
 */
export async function searchInProcess(task: SearchTask): Promise<Searched> {
  const child = fork(ENTRY, [JSON.stringify(task)], { execArgv: ['--expose-gc'] })
  const ended = once(child, 'exit').then(([code, signal]): never => {
    throw new Error(`Cannot search as the process ended with ${signal ?? code} (see above)`)
  })
  ended.catch(() => {})
  try {
    const answer = once(child, 'message', { signal: AbortSignal.timeout(LIMIT_MS) })
    const [searched] = (await Promise.race([answer, ended])) as [Searched]
    assertFound(task.query, task.log, searched.found)
    return searched
  } finally {
    child.kill('SIGKILL')
  }
}

/**
 * What does not find what there is, is not compared.
 *
 * @param query What was looked for.
 * @param log Where.
 * @param found How many were found.
 * @throws {Error} If there are more or less.
 */
export function assertFound(query: Query, log: Log, found: number): void {
  const expected = expectedOf(query, log)
  if (found !== expected) throw new Error(`Cannot compare what finds ${found} lines for "${query}", not ${expected}`)
}

function expectedOf(query: Query, { lines, textLines, traceLines, hourErrors }: Log): number {
  switch (query) {
    case 'rare text':
      return textLines
    case 'one trace':
      return traceLines
    case 'errors of an hour':
      return hourErrors
    case 'counts per minute':
      return lines
  }
}
