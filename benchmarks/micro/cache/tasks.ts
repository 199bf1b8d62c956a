/** What is cached. */
export interface Task {
  readonly id: number
  readonly title: string
  readonly owner: string
  readonly isDone: boolean
  readonly createdAt: string
  readonly labels: readonly string[]
}

/** As many keys as a cache with default options holds without letting one go. A power of two: see {@link MASK}. */
export const KEYS: readonly string[] = Array.from({ length: 512 }, (_, id) => `task:${id}`)
/** Makes an index of any number. */
export const MASK: number = KEYS.length - 1
/** Longer than anything here takes. */
export const LONG_MS = 3_600_000

/**
 * Makes one.
 *
 * @param id Number of its own.
 */
export function toTask(id: number): Task {
  return {
    id,
    title: `Write down what came of task ${id}`,
    owner: `user-${id % 97}`,
    isDone: id % 2 === 1,
    createdAt: '2026-03-14T15:09:26.535Z',
    labels: ['urgent', 'billing'],
  }
}

/** One for each key. */
export const TASKS: readonly Task[] = KEYS.map((_, id) => toTask(id))

/** What is in no cache fails the check. */
export const loadNone = async (): Promise<Task> => {
  throw new Error('Cannot measure a hit as nothing is there')
}
