import { hasCode } from '@breakwater/core'
import type { TaskStore } from '../tasks/store.ts'

/** What to load. */
export interface WarmUpRequest {
  /** First pages, of so many tasks each: of all tasks, and of each of the boards. */
  readonly limits: readonly number[]
  /** Names of boards. */
  readonly boards: readonly string[]
  /** Ids of tasks. */
  readonly ids: readonly string[]
}

/** What was loaded, or was there already. */
export interface WarmUpReport {
  readonly pages: number
  readonly tasks: number
  /** Tasks that there are not. */
  readonly missing: number
  readonly failed: number
  /** Why, by code: nothing else of an error is for others. */
  readonly failures: Readonly<Record<string, number>>
  /** Whether there was time for all of it. */
  readonly isComplete: boolean
  readonly tookMs: number
}

/** Few enough for everybody else to get a connection of the database as well. */
const CONCURRENCY = 4

interface Step {
  readonly kind: 'pages' | 'tasks'
  read(): Promise<unknown>
}

/**
 * Reads pages and tasks, a few at a time, so that they are in the cache.
 *
 * @param tasks Reads through the cache.
 * @param request Which ones.
 * @param signal Ends it: what is under way then goes on, and nobody waits for it.
 */
export async function warmUp(
  tasks: Pick<TaskStore, 'get' | 'list'>,
  { limits, boards, ids }: WarmUpRequest,
  signal: AbortSignal,
): Promise<WarmUpReport> {
  const startedAtMs = performance.now()
  const failures: Record<string, number> = {}
  const counts = { pages: 0, tasks: 0, missing: 0, failed: 0 }
  const lists = [undefined, ...boards].flatMap((board) => limits.map((limit) => ({ board, limit })))
  const steps: readonly Step[] = [
    ...lists.map(({ board, limit }): Step => ({ kind: 'pages', read: () => tasks.list(limit, undefined, { board }) })),
    ...ids.map((id): Step => ({ kind: 'tasks', read: () => tasks.get(id) })),
  ]
  const left = steps.values()
  let done = 0

  async function work(): Promise<void> {
    for (const { kind, read } of left) {
      if (signal.aborted) return
      try {
        await read()
        counts[kind]++
      } catch (error) {
        if (hasCode(error, 'ERR_TASK_NOT_FOUND')) counts.missing++
        else {
          const code = codeOf(error)
          counts.failed++
          failures[code] = (failures[code] ?? 0) + 1
        }
      }
      done++
    }
  }

  const aborted = Promise.withResolvers<void>()
  if (signal.aborted) aborted.resolve()
  else signal.addEventListener('abort', () => aborted.resolve(), { once: true })
  await Promise.race([Promise.all(Array.from({ length: CONCURRENCY }, work)), aborted.promise])
  const tookMs = Math.round(performance.now() - startedAtMs)
  return { ...counts, failures: { ...failures }, isComplete: done === steps.length, tookMs }
}

function codeOf(error: unknown): string {
  const { code } = Object(error) as { code?: unknown }
  return typeof code === 'string' ? code : 'ERR_UNKNOWN'
}
