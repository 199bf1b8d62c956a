import { hasCode, type PolicyCallOptions } from '@breakwater/core'
import type { Database, Statement } from '../database/database.ts'
import { DEFAULT_BOARD } from './board-name.ts'
import { BoardLimitError, TaskLimitError, TaskNotFoundError, TaskVersionError } from './errors.ts'
import { TASK_COLUMNS, type TaskRow, toTask } from './row.ts'
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

/** Options of {@link TaskStore.list}. */
export interface ListOptions extends PolicyCallOptions {
  /**
   * The board whose tasks to list.
   *
   * @defaultValue all of them
   */
  readonly board?: string | undefined
}

/** The tasks. */
export interface TaskStore {
  /** Stores a new task. Rejects with a `TaskLimitError` or a `BoardLimitError` if there are too many. */
  create(task: NewTask): Promise<Task>
  /** Reads one. Rejects with a `TaskNotFoundError`. */
  get(id: string, options?: PolicyCallOptions): Promise<Task>
  /**
   * Reads some, newest first.
   *
   * @param limit How many at most.
   * @param olderThan Id of a task, which may be gone: it and all newer ones are left out.
   * @param options Of which board, and who may give it up.
   */
  list(limit: number, olderThan?: string, options?: ListOptions): Promise<TaskList>
  /**
   * Changes one. Rejects with a `BoardLimitError` if it would need one board too many.
   *
   * @param id Its id.
   * @param changes What is to be different.
   * @param versions If given, the task must have one of these: else it rejects with a `TaskVersionError`.
   */
  update(id: string, changes: TaskChanges, versions?: readonly number[]): Promise<Task>
  /** Deletes one, on the same condition, and gives what it was. */
  delete(id: string, versions?: readonly number[]): Promise<Task>
}

const LARGEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

// What changes tasks is not repeatable: a change counts the version up, and what was deleted is not found again.
const CREATE: Statement = {
  name: 'task-create',
  text: `with room as (select 1 from task_count where tasks < $7 for update)
    insert into tasks (id, board, title, description, status, priority)
    select $1::uuid, $2, $3, $4, $5, $6 from room
    returning ${TASK_COLUMNS}`,
}
const GET: Statement = {
  name: 'task-get',
  text: `select ${TASK_COLUMNS} from tasks where id = $1`,
  isRepeatable: true,
}
/** Exported for the test of its plan, as is the next one. */
export const LIST: Statement = {
  name: 'task-list',
  text: `select ${TASK_COLUMNS} from tasks where id < $1 order by id desc limit $2`,
  isRepeatable: true,
}
export const LIST_BOARD: Statement = {
  name: 'task-list-board',
  text: `select ${TASK_COLUMNS} from tasks where id < $1 and board = $3 order by id desc limit $2`,
  isRepeatable: true,
}
const UPDATE: Statement = {
  name: 'task-update',
  text: `update tasks set
      title = coalesce($3, title),
      description = case when $4 then $5 else description end,
      status = coalesce($6, status),
      priority = coalesce($7, priority),
      board = coalesce($8, board),
      version = version + 1,
      updated_at = greatest(now(), updated_at)
    where id = $1 and ($2::integer[] is null or version = any ($2))
    returning ${TASK_COLUMNS}`,
}
const DELETE: Statement = {
  name: 'task-delete',
  text: `delete from tasks where id = $1 and ($2::integer[] is null or version = any ($2)) returning ${TASK_COLUMNS}`,
}

/** Of our own, see `migrations/003.do.create-boards.sql`. */
const TOO_MANY_BOARDS = 'TS001'

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
    async create({ board = DEFAULT_BOARD, title, description = null, status = 'open', priority = 'normal' }) {
      const values = [nextId(), board, title, description, status, priority, maxTasks]
      const task = await one(CREATE, values).catch((error) => refuseBoard(error, board))
      if (task === undefined) throw new TaskLimitError(maxTasks)
      return task
    },
    async list(limit, olderThan = LARGEST_ID, { board, signal } = {}) {
      const [statement, values] = board === undefined ? [LIST, []] : [LIST_BOARD, [board]]
      const rows = await database.query<TaskRow>(statement, [olderThan, limit + 1, ...values], { signal })
      return { items: rows.slice(0, limit).map(toTask), hasMore: rows.length > limit }
    },
    async update(id, { board, title, description, status, priority }, versions) {
      const values = [id, versions, title, description !== undefined, description, status, priority, board]
      const task = await one(UPDATE, values).catch((error) => refuseBoard(error, board))
      return task ?? (await refuse(id))
    },
    async delete(id, versions) {
      return (await one(DELETE, [id, versions])) ?? (await refuse(id))
    },
  }
}

function refuseBoard(error: unknown, board = DEFAULT_BOARD): never {
  throw hasCode(error, TOO_MANY_BOARDS) ? new BoardLimitError(board) : error
}
