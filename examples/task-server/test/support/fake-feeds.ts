import type { BoardChange, BoardFeeds, BoardListener } from '../../src/live/board-feed.ts'
import type { Task } from '../../src/tasks/schema.ts'

/** Feeds of boards that a test moves by hand. */
export interface FakeFeeds extends BoardFeeds {
  /** How many follow a board. */
  followers(board: string): number
  /**
   * Changes a board: all who follow it are told on this turn.
   *
   * @param board Its name.
   * @param kind What happens.
   * @param task To what.
   */
  change(board: string, kind: BoardChange['kind'], task: Task): void
  /** Says on all boards that the database is away. */
  delay(): void
  /** Says that it is back, and nothing has changed. */
  recover(): void
}

/** Keeps so many changes. */
const KEPT = 100
/** Tasks in one part of a snapshot. */
const PART = 50

/** Creates feeds of boards that are empty, in memory. */
export function createFakeFeeds(): FakeFeeds {
  const boards = new Map<string, Board>()

  function boardOf(name: string): Board {
    const board = boards.get(name) ?? new Board()
    boards.set(name, board)
    return board
  }

  return {
    follow(name, since, listener) {
      const board = boardOf(name)
      let isFollowing = true
      queueMicrotask(() => {
        if (isFollowing) board.join(listener, since)
      })
      return () => {
        isFollowing = false
        board.listeners.delete(listener)
      }
    },
    followers: (name) => boardOf(name).listeners.size,
    change: (name, kind, task) => boardOf(name).change(kind, task),
    delay() {
      for (const { listeners } of boards.values()) for (const listener of listeners) listener.delayed(new Error('away'))
    },
    recover() {
      for (const { listeners } of boards.values()) for (const listener of listeners) listener.changes([])
    },
  }
}

class Board {
  readonly listeners = new Set<BoardListener>()
  readonly #tasks = new Map<string, Task>()
  readonly #changes: BoardChange[] = []
  #version = 0

  join(listener: BoardListener, since: number | undefined): void {
    this.listeners.add(listener)
    const missed = this.#changes.filter(({ version }) => version > (since ?? 0))
    if (since !== undefined && since <= this.#version && this.#version - since === missed.length) {
      if (missed.length > 0) listener.changes(missed)
      return
    }
    const tasks = [...this.#tasks.values()]
    for (let start = 0; start === 0 || start < tasks.length; start += PART)
      listener.snapshot(this.#version, tasks.slice(start, start + PART), start + PART >= tasks.length)
  }

  change(kind: BoardChange['kind'], task: Task): void {
    const change = { version: ++this.#version, kind, taskId: task.id, task: kind === 'deleted' ? undefined : task }
    if (kind === 'deleted') this.#tasks.delete(task.id)
    else this.#tasks.set(task.id, task)
    this.#changes.push(change)
    if (this.#changes.length > KEPT) this.#changes.shift()
    const changes = [change]
    for (const listener of this.listeners) listener.changes(changes)
  }
}

let made = 0

/**
 * Makes a task.
 *
 * @param parts What is to be different.
 */
export function createTask(parts: Partial<Task> = {}): Task {
  const at = '2026-01-01T00:00:00.000Z'
  const id = `00000000-0000-7000-8000-${String(++made).padStart(12, '0')}`
  return {
    id,
    board: 'main',
    title: 'Task',
    description: null,
    status: 'open',
    priority: 'normal',
    version: 1,
    createdAt: at,
    updatedAt: at,
    ...parts,
  }
}
