import type { BoardChange } from '../../src/live/board-feed.ts'
import type { Task } from '../../src/tasks/schema.ts'

/** A board, as who was told of it knows it. */
export interface Replica {
  readonly version: number
  readonly tasks: ReadonlyMap<string, Task>
}

/** An empty board that had no changes. */
export const NOTHING: Replica = { version: 0, tasks: new Map() }

/**
 * Makes changes, each of which has to fit.
 *
 * @param replica What was known.
 * @param changes What happened then.
 * @returns What is known now.
 * @throws {Error} If a change does not follow from what was known.
 */
export function replay(replica: Replica, changes: readonly BoardChange[]): Replica {
  const tasks = new Map(replica.tasks)
  let { version } = replica
  for (const { version: next, kind, taskId, task } of changes) {
    const before = tasks.get(taskId)
    if (next !== version + 1) throw new Error(`Expected version ${version + 1}, got ${next}`)
    if ((kind === 'created') !== (before === undefined))
      throw new Error(`Expected ${taskId} not to be ${kind}, at ${next}`)
    if (kind === 'updated' && task?.version !== (before?.version ?? 0) + 1)
      throw new Error(`Expected ${taskId} not to skip from ${before?.version} to ${task?.version}, at ${next}`)
    if (task === undefined) tasks.delete(taskId)
    else tasks.set(taskId, task)
    version = next
  }
  return { version, tasks }
}

/** Knows tasks by their ids. */
export function byId(tasks: readonly Task[]): ReadonlyMap<string, Task> {
  return new Map(tasks.map((task) => [task.id, task]))
}
