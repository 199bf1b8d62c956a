import type { BoardChange, BoardListener } from '../../src/live/board-feed.ts'
import type { LiveBoards } from '../../src/live/board-feeds.ts'
import type { BoardChanges, BoardSnapshot } from '../../src/live/board-history.ts'
import type { Task } from '../../src/tasks/schema.ts'

/** All that ever was on a board. */
export class Truth {
  /** The board at each version. */
  readonly states: ReadonlyMap<string, Task>[] = [new Map()]
  /** The change that led to each version, if it was one of a task. */
  readonly changes: (BoardChange | undefined)[] = [undefined]
  /** Changes up to this version are not kept any more. */
  trimmed = 0

  get version(): number {
    return this.states.length - 1
  }

  change(of: number): void {
    const state = new Map(this.states[this.version])
    const version = this.version + 1
    const taskId = `task-${of % 5}`
    const before = state.get(taskId)
    const isDeleted = before !== undefined && of % 3 === 0
    const task = isDeleted ? undefined : ({ id: taskId, title: 'x'.repeat(of), version } as Task)
    if (task === undefined) state.delete(taskId)
    else state.set(taskId, task)
    this.states.push(state)
    this.changes.push({
      version,
      kind: isDeleted ? 'deleted' : before === undefined ? 'created' : 'updated',
      taskId,
      task,
    })
  }

  empty(): void {
    this.states.push(new Map())
    this.changes.push(undefined)
    this.trimmed = this.version
  }

  after(version: number, limit: number): BoardChanges {
    const changes = this.changes.slice(Math.max(version, this.trimmed) + 1).filter((change) => change !== undefined)
    return { version: this.version, changes: changes.slice(0, limit) }
  }

  snapshot(): BoardSnapshot {
    return { version: this.version, tasks: [...(this.states[this.version] ?? new Map()).values()] }
  }
}

/** A client, which believes nothing that it is told. */
export class Client implements BoardListener {
  readonly board: string
  readonly problems: string[]
  readonly #truth: Truth
  readonly #throwsAt: number | undefined
  stop: () => void = () => undefined
  isGone = false
  /** What it knows; `undefined` while it has to be told first. */
  version: number | undefined
  #told = 0
  #parts: Task[] = []
  #least = 0
  #isFollowing = false

  constructor(
    board: string,
    truth: Truth,
    since: number | undefined,
    throwsAt: number | undefined,
    problems: string[],
  ) {
    this.board = board
    this.#truth = truth
    this.version = since
    this.#throwsAt = throwsAt
    this.problems = problems
  }

  begin(feeds: LiveBoards): void {
    this.stop = feeds.follow(this.board, this.version, this)
    this.#isFollowing = true
    // What is ahead of the board is void, unless the board gets there before anybody looks.
    this.#least = this.version !== undefined && this.version <= this.#truth.version ? this.version : 0
  }

  snapshot(version: number, tasks: readonly Task[], isLast: boolean): void {
    this.#hear()
    this.#parts.push(...tasks)
    if (!isLast) return
    if (version < this.#least) this.problems.push(`a step back from ${this.#least} to ${version}`)
    this.#expect(version, new Map(this.#parts.map((task) => [task.id, task])))
    this.#parts = []
    this.version = this.#least = version
  }

  changes(changes: readonly BoardChange[]): void {
    this.#hear()
    for (const change of changes) {
      if (change.version !== (this.version ?? Number.NaN) + 1)
        this.problems.push(`change ${change.version} after ${this.version}`)
      if (change !== this.#truth.changes[change.version]) this.problems.push(`change ${change.version} never was`)
      this.version = this.#least = change.version
    }
  }

  delayed(): void {
    this.#hear()
  }

  #hear(): void {
    if (!this.#isFollowing) this.problems.push('told before it followed')
    if (this.isGone) this.problems.push('told after it left')
    if (++this.#told === this.#throwsAt) {
      this.isGone = true
      throw new Error('a follower that throws')
    }
  }

  #expect(version: number, state: ReadonlyMap<string, Task>): void {
    const truth = this.#truth.states[version]
    if (truth === undefined || truth.size !== state.size || [...truth].some(([id, task]) => state.get(id) !== task))
      this.problems.push(`a snapshot of ${version} that is another`)
  }
}
