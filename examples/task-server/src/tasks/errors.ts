import { OperationalError, RefusalError } from '@breakwater/core'

/** Thrown when there is no task of an id: it was deleted, or never was. */
export class TaskNotFoundError extends OperationalError {
  override readonly name: 'TaskNotFoundError' = 'TaskNotFoundError'
  override readonly code: 'ERR_TASK_NOT_FOUND' = 'ERR_TASK_NOT_FOUND'

  /** @param id The id. */
  constructor(id: string) {
    super(`Cannot find task "${id}": it was deleted, or never was`)
  }
}

/** Thrown when a task changed since the caller read it. Nothing was done. */
export class TaskVersionError extends OperationalError {
  override readonly name: 'TaskVersionError' = 'TaskVersionError'
  override readonly code: 'ERR_TASK_VERSION' = 'ERR_TASK_VERSION'
  /** The version it has now. */
  readonly version: number

  /**
   * @param id The task's id.
   * @param version The version it has now.
   */
  constructor(id: string, version: number) {
    super(`Cannot change task "${id}" as it has changed meanwhile, to version ${version}: read it again`)
    this.version = version
  }
}

/** Thrown when there are as many tasks as there may be. Nothing was stored. */
export class TaskLimitError extends RefusalError {
  override readonly name: 'TaskLimitError' = 'TaskLimitError'
  override readonly code: 'ERR_TASK_LIMIT' = 'ERR_TASK_LIMIT'
  /** How many there may be. */
  readonly maxTasks: number

  /** @param maxTasks How many there may be. */
  constructor(maxTasks: number) {
    super()
    this.maxTasks = maxTasks
  }

  override get message(): string {
    return `Cannot create a task as there are ${this.maxTasks} already, which is the limit: delete some first`
  }
}

/** Thrown when a task would need another board, and there are as many as there may be. Nothing was stored. */
export class BoardLimitError extends RefusalError {
  override readonly name: 'BoardLimitError' = 'BoardLimitError'
  override readonly code: 'ERR_BOARD_LIMIT' = 'ERR_BOARD_LIMIT'
  /** The board that there is no room for. */
  readonly board: string

  /** @param board The board that there is no room for. */
  constructor(board: string) {
    super()
    this.board = board
  }

  override get message(): string {
    return `Cannot make board "${this.board}" as there are 1,000 with tasks already, which is the limit: take another one`
  }
}
