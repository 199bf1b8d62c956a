import type { TaskStore } from '../tasks/store.ts'
import type { LiveBoards } from './board-feeds.ts'

/**
 * Announces changes of tasks as soon as they are made, before who made them is answered. A change of which nobody knows whether it
 * was made is not: if it was, the database tells.
 *
 * @param store The tasks, as all else sees them: a client that was told of a change reads what it was told.
 * @param boards Tell who follows.
 */
export function announceChanges(store: TaskStore, boards: Pick<LiveBoards, 'announce'>): TaskStore {
  return {
    get: (...asked) => store.get(...asked),
    list: (...asked) => store.list(...asked),
    async create(task) {
      const created = await store.create(task)
      boards.announce(created.board)
      return created
    },
    async update(id, changes, versions) {
      const updated = await store.update(id, changes, versions)
      // Where a task that moved was before, nobody can tell.
      boards.announce(changes.board === undefined ? updated.board : undefined)
      return updated
    },
    async delete(id, versions) {
      const deleted = await store.delete(id, versions)
      boards.announce(deleted.board)
      return deleted
    },
  }
}
