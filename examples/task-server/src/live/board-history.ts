import type { PolicyCallOptions } from '@breakwater/core'
import type { Database, Statement } from '../database/database.ts'
import { TASK_COLUMNS, type TaskRow, toTask } from '../tasks/row.ts'
import type { Task } from '../tasks/schema.ts'
import type { BoardChange } from './board-feed.ts'

/** Changes of one board, in order. */
export interface BoardChanges {
  /** The version that the board has. */
  readonly version: number
  /** Those after the version that was asked for, as far as they are still kept: so they may begin later. */
  readonly changes: readonly BoardChange[]
}

/** A board at one moment. */
export interface BoardSnapshot {
  readonly version: number
  /** Newest first. */
  readonly tasks: readonly Task[]
}

/** What the database knows of boards. What is asked for once an answer is there is never older than that. */
export interface BoardHistory {
  /**
   * Reads which version each board has. One that is not there has one, too: no board that comes to be begins below it.
   *
   * @param boards Their names.
   * @param options Who may give it up.
   */
  versions(boards: readonly string[], options?: PolicyCallOptions): Promise<ReadonlyMap<string, number>>
  /**
   * Reads what changed on several boards.
   *
   * @param known What is known of each: its name and version.
   * @param limit How many changes at most, of each: the first ones after that version.
   * @param options Who may give it up.
   */
  changes(
    known: readonly (readonly [board: string, version: number])[],
    limit: number,
    options?: PolicyCallOptions,
  ): Promise<ReadonlyMap<string, BoardChanges>>
  /**
   * Reads a board.
   *
   * @param board Its name.
   * @param options Who may give it up.
   */
  snapshot(board: string, options?: PolicyCallOptions): Promise<BoardSnapshot>
}

type ChangeRow = { readonly board: string; readonly board_version: string } & (
  | { readonly version: null }
  | {
      readonly version: string
      readonly kind: BoardChange['kind']
      readonly task_id: string
      readonly task: TaskRow | null
    }
)

type SnapshotRow = { readonly board_version: string } & (TaskRow | { readonly id: null })

// Versions are read as text, as drivers differ in what they make of a bigint.
const VERSIONS: Statement = {
  name: 'board-versions',
  text: `select asked.name as board, coalesce(boards.version, board_floor)::text as board_version
    from unnest($1::text[]) as asked (name) cross join task_count left join boards on boards.name = asked.name`,
  isRepeatable: true,
}
const CHANGES: Statement = {
  name: 'board-changes',
  text: `select known.name as board, coalesce(boards.version, board_floor)::text as board_version,
      change.version::text as version, change.kind, change.task_id, change.task
    from unnest($1::text[], $2::bigint[]) as known (name, version) cross join task_count
      left join boards on boards.name = known.name
      left join lateral (
        select * from task_changes where board = known.name and task_changes.version > known.version
        order by task_changes.version limit $3
      ) as change on true
    order by known.name, change.version`,
  isRepeatable: true,
}
/** One statement sees one state of the database, so version and tasks belong together. */
const SNAPSHOT: Statement = {
  name: 'board-snapshot',
  text: `select coalesce(boards.version, board_floor)::text as board_version, task.*
    from task_count left join boards on boards.name = $1
      left join (select ${TASK_COLUMNS} from tasks where board = $1) as task on true
    order by task.id desc`,
  isRepeatable: true,
}

/**
 * Creates what reads the history of boards from a database.
 *
 * @param database Which one. Its tables are there already.
 */
export function createBoardHistory(database: Pick<Database, 'query'>): BoardHistory {
  return {
    async versions(boards, options) {
      const rows = await database.query<ChangeRow>(VERSIONS, [boards], options)
      return new Map(rows.map(({ board, board_version }) => [board, Number(board_version)]))
    },
    async changes(known, limit, options) {
      const values = [known.map(([board]) => board), known.map(([, version]) => version), limit]
      const found = new Map<string, { readonly version: number; readonly changes: BoardChange[] }>()
      for (const row of await database.query<ChangeRow>(CHANGES, values, options)) {
        const board = found.get(row.board) ?? { version: Number(row.board_version), changes: [] }
        found.set(row.board, board)
        if (row.version !== null) board.changes.push(toChange(row))
      }
      return found
    },
    async snapshot(board, options) {
      const rows = await database.query<SnapshotRow>(SNAPSHOT, [board], options)
      return {
        version: Number(rows[0]?.board_version),
        tasks: rows.filter((row) => row.id !== null).map(toTask),
      }
    },
  }
}

function toChange({ version, kind, task_id, task }: Exclude<ChangeRow, { version: null }>): BoardChange {
  return { version: Number(version), kind, taskId: task_id, task: task === null ? undefined : toTask(task) }
}
