import { type Clock, hasCode } from '@breakwater/core'
import type { TaskCache } from '../cache/task-cache.ts'
import { wasNothingDone } from '../database/judge.ts'
import { createDoubts } from './doubts.ts'
import { TaskNotFoundError, type TaskVersionError } from './errors.ts'
import type { Task } from './schema.ts'
import type { TaskStore } from './store.ts'

/** Carried by every page of a list. */
const LISTS = ['lists']
/** Pages further down are many and seldom asked for: they are not kept for when the database is away. */
const FURTHER_PAGE = { tags: LISTS, graceMs: 0 }
const FIRST_PAGE = { tags: LISTS }

/**
 * Puts a cache before the tasks.
 *
 * Only what the database says is cached, and a change makes void what was cached before it is answered: a task itself, and all
 * lists. That happens after the change was made, so nobody can read the older value once more and have it kept: the cache keeps
 * nothing of a load that began before. What a change returns is not put in, as of two changes the first one may return last.
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

  /** Lists first: who misses the task has to miss them as well. */
  async function forget(id?: string): Promise<void> {
    await Promise.all([cache.invalidateTags(LISTS), id !== undefined && cache.delete(keyOf(id))])
  }

  async function forgetAgain(ids: readonly string[] | undefined): Promise<void> {
    if (ids === undefined) await cache.clear()
    else await Promise.all([cache.invalidateTags(LISTS), cache.deleteMany(ids.map(keyOf))])
  }

  /** Makes a change, and forgets what it concerns unless nothing was done for certain. */
  async function change<result>(
    run: () => Promise<result>,
    idOf: (result?: result) => string | undefined,
  ): Promise<result> {
    let result: result
    try {
      result = await run()
    } catch (error) {
      if (isRefusal(error)) await keepUpWith(idOf(), error)
      else if (!wasNothingDone(error) && !hasCode(error, 'ERR_TASK_LIMIT')) {
        doubt(idOf())
        await forget(idOf())
      }
      throw error
    }
    await forget(idOf(result))
    return result
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
    list: (limit, olderThan) =>
      cache.getOrSet(
        `list:${limit}:${olderThan ?? ''}`,
        ({ signal }) => store.list(limit, olderThan, { signal }),
        olderThan === undefined ? FIRST_PAGE : FURTHER_PAGE,
      ),
    create: (task) =>
      change(
        () => store.create(task),
        (created) => created?.id,
      ),
    update: (id, changes, versions) =>
      change(
        () => store.update(id, changes, versions),
        () => id,
      ),
    delete: (id, versions) =>
      change(
        () => store.delete(id, versions),
        () => id,
      ),
  }
}

/** The database takes an id in upper case for the same. */
function keyOf(id: string): `task:${string}` {
  return `task:${id.toLowerCase()}`
}

function noneIfNotFound(error: unknown): null {
  if (hasCode(error, 'ERR_TASK_NOT_FOUND')) return null
  throw error
}

function isRefusal(error: unknown): error is TaskNotFoundError | TaskVersionError {
  return hasCode(error, 'ERR_TASK_NOT_FOUND') || hasCode(error, 'ERR_TASK_VERSION')
}
