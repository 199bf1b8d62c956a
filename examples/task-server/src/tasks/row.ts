import type { Task } from './schema.ts'

/** A task as the database has it: as a row, or as a row in JSON, where times are text. */
export interface TaskRow extends Omit<Task, 'createdAt' | 'updatedAt'> {
  readonly created_at: Date | string
  readonly updated_at: Date | string
}

/** All of a row. */
export const TASK_COLUMNS = 'id, board, title, description, status, priority, version, created_at, updated_at'

/**
 * Makes a task of its row.
 *
 * @param row Its row.
 */
export function toTask(row: TaskRow): Task {
  const { id, board, title, description, status, priority, version, created_at, updated_at } = row
  return {
    id,
    board,
    title,
    description,
    status,
    priority,
    version,
    createdAt: new Date(created_at).toISOString(),
    updatedAt: new Date(updated_at).toISOString(),
  }
}
