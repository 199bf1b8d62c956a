import { type Clock, hasCode } from '@breakwater/core'
import type { TaskCache } from '../cache/task-cache.ts'
import { wasNothingDone } from '../database/judge.ts'
import { createDoubts } from './doubts.ts'
import { TaskNotFoundError, type TaskVersionError } from './errors.ts'
import type { Task } from './schema.ts'
import type { TaskStore } from './store.ts'

/** Carried by every page of a list. */
const LISTS = 'lists'
/** Carried by pages of the list of all tasks. */
const LIST_OF_ALL = 'list-of-all'

/**
 * Puts a cache before the tasks.
 *
 * Only what the database says is cached, and a change makes void what was cached before it is answered: a task itself, and the
 * lists in which it is, or all where nobody can tell. That happens after the change was made, so nobody can read the older value
 * once more and have it kept: the cache keeps nothing of a load that began before. What a change returns is not put in, as of two
 * changes the first one may return last.
 *
 * @param store The tasks.
 * @param cache Where to keep them. It is not closed.
 * @param clock Times what is in doubt.
 */
export function createCachedTaskStore(store: TaskStore, cache: TaskCache, clock?: Clock): TaskStore {
  const doubt = createDoubts(forgetAgain, { clock })

  function read(id: string): Promise<Task | null> {
    return cache.getOrSet(keyOf(id), ({ signal }) => store.get(id, { signal }).catch(noneIfNotFound))
  }

  /** In one step: who misses the task has to miss the lists as well. */
  async function forget(id: string | undefined, lists: readonly string[] = [LISTS]): Promise<void> {
    await cache.invalidate({ keys: id === undefined ? [] : [keyOf(id)], tags: lists })
  }

  async function forgetAgain(ids: readonly string[] | undefined): Promise<void> {
    if (ids === undefined) await cache.clear()
    else await cache.invalidate({ keys: ids.map(keyOf), tags: [LISTS] })
  }

  /** Makes a change, and forgets what it concerns unless nothing was done for certain. */
  async function change(run: () => Promise<Task>, id?: string, isMove = false): Promise<Task> {
    let task: Task
    try {
      task = await run()
    } catch (error) {
      if (isRefusal(error)) await keepUpWith(id, error)
      else if (!wasNothingDone(error) && !isLimit(error)) {
        doubt(id)
        await forget(id)
      }
      throw error
    }
    // Of a task that moved, nobody can tell where it was.
    await forget(task.id, isMove ? [LISTS] : [LIST_OF_ALL, listOf(task.board)])
    return task
  }

  /**
   * A refusal says how the task is now, and may know of a change before this process has heard of it. Who is told must not read
   * an older one next.
   */
  async function keepUpWith(id: string | undefined, refusal: TaskNotFoundError | TaskVersionError): Promise<void> {
    if (id === undefined) return
    const known = await read(id).catch(() => undefined)
    const isOlder = hasCode(refusal, 'ERR_TASK_VERSION')
      ? (known?.version ?? 0) < (refusal as TaskVersionError).version
      : known !== null
    if (isOlder) await forget(id)
  }

  return {
    async get(id) {
      const task = await read(id)
      if (task === null) throw new TaskNotFoundError(id)
      return task
    },
    list: (limit, olderThan, { board } = {}) =>
      cache.getOrSet(
        `list:${board ?? ''}:${limit}:${olderThan ?? ''}`,
        ({ signal }) => store.list(limit, olderThan, { board, signal }),
        {
          tags: [LISTS, board === undefined ? LIST_OF_ALL : listOf(board)],
          // Pages further down are many and seldom asked for: they are not kept for when the database is away.
          ...(olderThan !== undefined && { graceMs: 0 }),
        },
      ),
    create: (task) => change(() => store.create(task)),
    update: (id, changes, versions) =>
      change(() => store.update(id, changes, versions), id, changes.board !== undefined),
    delete: (id, versions) => change(() => store.delete(id, versions), id),
  }
}

/** Carried by pages of the list of one board. */
function listOf(board: string): string {
  return `list-of:${board}`
}

/** The database takes an id in upper case for the same. */
function keyOf(id: string): `task:${string}` {
  return `task:${id.toLowerCase()}`
}

function noneIfNotFound(error: unknown): null {
  if (hasCode(error, 'ERR_TASK_NOT_FOUND')) return null
  throw error
}

function isLimit(error: unknown): boolean {
  return hasCode(error, 'ERR_TASK_LIMIT') || hasCode(error, 'ERR_BOARD_LIMIT')
}

function isRefusal(error: unknown): error is TaskNotFoundError | TaskVersionError {
  return hasCode(error, 'ERR_TASK_NOT_FOUND') || hasCode(error, 'ERR_TASK_VERSION')
}
