import assert from 'node:assert/strict'
// #region
import { hasCode, RefusalError } from '@breakwater/core'

class QueueFullError extends RefusalError {
  override readonly name: 'QueueFullError' = 'QueueFullError'
  override readonly code: 'ERR_QUEUE_FULL' = 'ERR_QUEUE_FULL'
  readonly queue: string
  readonly waiting: number

  constructor(queue: string, waiting: number) {
    super()
    this.queue = queue
    this.waiting = waiting
  }

  override get message(): string {
    return `Cannot push to "${this.queue}" as ${this.waiting} items wait: try again later`
  }
}

function isQueueFullError(error: unknown): error is QueueFullError {
  return hasCode(error, 'ERR_QUEUE_FULL')
}
// #endregion

assert(isQueueFullError(new QueueFullError('mail', 3)))
