import type { PolicyCallOptions } from '@breakwater/core'
import type { Database, Statement } from '../database/database.ts'
import { TaskLimitError, TaskNotFoundError, TaskVersionError } from './errors.ts'
import type { NewTask, Task, TaskChanges } from './schema.ts'
import { createTaskIds } from './task-id.ts'

/** Options of {@link createTaskStore}. */
export interface TaskStoreOptions {
  /** How many tasks there may be at once. Never more, also with several processes on one database. */
  readonly maxTasks: number
}

/** Some tasks, newest first. */
export interface TaskList {
  readonly items: readonly Task[]
  /** Whether there are older ones. */
  readonly hasMore: boolean
}

/** The tasks. */
export interface TaskStore {
  /** Stores a new task. Rejects with a `TaskLimitError` if there are too many. */
  create(task: NewTask): Promise<Task>
  /** Reads one. Rejects with a `TaskNotFoundError`. */
  get(id: string, options?: PolicyCallOptions): Promise<Task>
  /**
   * Reads some, newest first.
   *
   * @param limit How many at most.
   * @param olderThan Id of a task, which may be gone: it and all newer ones are left out.
   * @param options Who may give it up.
   */
  list(limit: number, olderThan?: string, options?: PolicyCallOptions): Promise<TaskList>
  /**
   * Changes one.
   *
   * @param id Its id.
   * @param changes What is to be different.
   * @param versions If given, the task must have one of these: else it rejects with a `TaskVersionError`.
   */
  update(id: string, changes: TaskChanges, versions?: readonly number[]): Promise<Task>
  /** Deletes one, on the same condition. */
  delete(id: string, versions?: readonly number[]): Promise<void>
}

interface TaskRow extends Omit<Task, 'createdAt' | 'updatedAt'> {
  readonly created_at: Date
  readonly updated_at: Date
}

const COLUMNS = 'id, title, description, status, priority, version, created_at, updated_at'
const LARGEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

// What changes tasks is not repeatable: a change counts the version up, and what was deleted is not found again.
const CREATE: Statement = {
  name: 'task-create',
  text: `with room as (select 1 from task_count where tasks < $6 for update)
    insert into tasks (id, title, description, status, priority)
    select $1::uuid, $2, $3, $4, $5 from room
    returning ${COLUMNS}`,
}
const GET: Statement = {
  name: 'task-get',
  text: `select ${COLUMNS} from tasks where id = $1`,
  isRepeatable: true,
}
/** Exported for the test of its plan. */
export const LIST: Statement = {
  name: 'task-list',
  text: `select ${COLUMNS} from tasks where id < $1 order by id desc limit $2`,
  isRepeatable: true,
}
const UPDATE: Statement = {
  name: 'task-update',
  text: `update tasks set
      title = coalesce($3, title),
      description = case when $4 then $5 else description end,
      status = coalesce($6, status),
      priority = coalesce($7, priority),
      version = version + 1,
      updated_at = greatest(now(), updated_at)
    where id = $1 and ($2::integer[] is null or version = any ($2))
    returning ${COLUMNS}`,
}
const DELETE: Statement = {
  name: 'task-delete',
  text: 'delete from tasks where id = $1 and ($2::integer[] is null or version = any ($2)) returning id',
}

/**
 * Creates the access to the tasks of a database.
 *
 * @param database Where they are. Its tables are there already.
 * @param options How many there may be.
 */
export function createTaskStore(database: Database, { maxTasks }: TaskStoreOptions): TaskStore {
  const nextId = createTaskIds()

  async function one(
    statement: Statement,
    values: readonly unknown[],
    options?: PolicyCallOptions,
  ): Promise<Task | undefined> {
    const [row] = await database.query<TaskRow>(statement, values, options)
    return row && toTask(row)
  }

  async function get(id: string, options?: PolicyCallOptions): Promise<Task> {
    const task = await one(GET, [id], options)
    if (task === undefined) throw new TaskNotFoundError(id)
    return task
  }

  /** Nothing was changed: it is not there, or has another version. */
  async function refuse(id: string): Promise<never> {
    throw new TaskVersionError(id, (await get(id)).version)
  }

  return {
    get,
    async create({ title, description = null, status = 'open', priority = 'normal' }) {
      const task = await one(CREATE, [nextId(), title, description, status, priority, maxTasks])
      if (task === undefined) throw new TaskLimitError(maxTasks)
      return task
    },
    async list(limit, olderThan = LARGEST_ID, options) {
      const rows = await database.query<TaskRow>(LIST, [olderThan, limit + 1], options)
      return { items: rows.slice(0, limit).map(toTask), hasMore: rows.length > limit }
    },
    async update(id, { title, description, status, priority }, versions) {
      const hasDescription = description !== undefined
      return (
        (await one(UPDATE, [id, versions, title, hasDescription, description, status, priority])) ?? (await refuse(id))
      )
    },
    async delete(id, versions) {
      const rows = await database.query(DELETE, [id, versions])
      if (rows.length === 0) await refuse(id)
    },
  }
}

function toTask({ created_at, updated_at, ...task }: TaskRow): Task {
  return { ...task, createdAt: created_at.toISOString(), updatedAt: updated_at.toISOString() }
}
