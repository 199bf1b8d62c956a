import type { Static } from 'typebox'
import { InvalidRequestError } from '../http/validation.ts'
import { fromCursor, toCursor } from './cursor.ts'
import type { TaskPage } from './schema.ts'
import type { TaskStore } from './store.ts'

const DEFAULT_LIMIT = 20

/** Which tasks to list. */
export interface ListRequest {
  /**
   * How many at most, 1 to 100.
   *
   * @defaultValue 20
   */
  readonly limit?: number | undefined
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | undefined
  /** The board whose tasks to list. */
  readonly board?: string | undefined
}

/**
 * Lists a page of tasks.
 *
 * @param store The tasks.
 * @param request Which ones. Rejects with an `InvalidRequestError` if its cursor is none.
 */
export async function listTasks(
  store: Pick<TaskStore, 'list'>,
  { limit = DEFAULT_LIMIT, cursor, board }: ListRequest,
): Promise<Static<typeof TaskPage>> {
  const { items, hasMore } = await store.list(limit, positionOf(cursor), { board })
  const last = items.at(-1)
  return { items: [...items], nextCursor: hasMore && last !== undefined ? toCursor(last.id) : null }
}

function positionOf(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined
  const id = fromCursor(cursor)
  if (id === undefined)
    throw new InvalidRequestError([{ parameter: 'cursor', detail: 'must be a nextCursor of before' }])
  return id
}
