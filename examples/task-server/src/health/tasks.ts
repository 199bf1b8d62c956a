import type { HealthCheck } from '@breakwater/health'
import type { Statement } from '../database/database.ts'
import type { GuardedDatabase } from '../database/guarded.ts'

/** As for connections: above it, somebody should know before tasks are refused. */
const CRITICAL_RATIO = 0.95
const COUNT: Statement = {
  name: 'task-count',
  text: 'select tasks::integer as count from task_count',
  isRepeatable: true,
}

/**
 * Makes a check of how many tasks there are: `degraded` when there is hardly room for more.
 *
 * @param database Where they are.
 * @param maxTasks How many there may be.
 */
export function createTasksCheck(database: GuardedDatabase, maxTasks: number): HealthCheck {
  return async ({ signal }) => {
    const [row] = await database.query<{ readonly count: number }>(COUNT, [], { signal })
    const { count = 0 } = row ?? {}
    const data = { count, max: maxTasks }
    return count < CRITICAL_RATIO * maxTasks
      ? { status: 'healthy', data }
      : { status: 'degraded', cause: `There are ${count} tasks, and there may be ${maxTasks}`, data }
  }
}
