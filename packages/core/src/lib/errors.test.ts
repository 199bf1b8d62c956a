import { expect, test } from 'vitest'
import { RefusalError } from './errors.ts'

class BusyError extends RefusalError {
  override readonly name = 'BusyError'
  readonly code = 'ERR_BUSY'
  readonly waiting: number

  constructor(waiting: number) {
    super()
    this.waiting = waiting
  }

  override get message(): string {
    return `Cannot call "db" as ${this.waiting} wait: try later`
  }
}

test('RefusalError has a message but no frames', () => {
  const error = new BusyError(3)
  expect(error.stack).toBe('BusyError: Cannot call "db" as 3 wait: try later')
  expect(error).toBeInstanceOf(Error)
})
