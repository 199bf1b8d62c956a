import { afterEach, expect, test } from 'vitest'
import { hasCode, OperationalError, RefusalError } from './errors.ts'

class LoadError extends OperationalError {
  override readonly name = 'LoadError'
  readonly code = 'ERR_LOAD'
}

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

const { stackTraceLimit } = Error
afterEach(() => {
  Object.defineProperty(Error, 'stackTraceLimit', {
    value: stackTraceLimit,
    writable: true,
    enumerable: true,
    configurable: true,
  })
})

test('OperationalError keeps message, cause and frames', () => {
  const cause = new Error('down')
  const error = new LoadError('Cannot load "a" as Redis is down: retry', { cause })
  expect(error).toMatchObject({ message: 'Cannot load "a" as Redis is down: retry', cause })
  expect(error.stack).toContain('errors.test.ts')
})

test('RefusalError has a message but no frames', () => {
  const error = new BusyError(3)
  expect(error.stack).toBe('BusyError: Cannot call "db" as 3 wait: try later')
  expect(error).toBeInstanceOf(Error)
})

test('RefusalError puts its message together on each read', () => {
  const error = new BusyError(3)
  expect(Object.hasOwn(error, 'message')).toBe(false)
  Object.assign(error, { waiting: 4 })
  expect(error.message).toBe('Cannot call "db" as 4 wait: try later')
})

test('RefusalError reads well where errors are turned into text', () => {
  expect(String(new BusyError(3))).toBe('BusyError: Cannot call "db" as 3 wait: try later')
})

test.each([0, 7, Infinity])('RefusalError leaves a stack trace limit of %d as it was', (limit) => {
  Error.stackTraceLimit = limit
  new BusyError(3)
  expect(Error.stackTraceLimit).toBe(limit)
})

test('RefusalError can be made where built-ins are frozen', () => {
  Object.defineProperty(Error, 'stackTraceLimit', { value: 10, writable: false })
  expect(new BusyError(3).message).toBe('Cannot call "db" as 3 wait: try later')
  expect(Error.stackTraceLimit).toBe(10)
})

test('hasCode() knows an error by its code, whatever its class', () => {
  expect(hasCode(new BusyError(3), 'ERR_BUSY')).toBe(true)
  expect(hasCode(new LoadError('no'), 'ERR_BUSY')).toBe(false)
  expect(hasCode(Object.assign(new TypeError('no'), { code: 'ERR_BUSY' }), 'ERR_BUSY')).toBe(true)
  expect(hasCode({ code: 'ERR_BUSY' }, 'ERR_BUSY')).toBe(true)
})

test.each([
  [null],
  [undefined],
  ['ERR_BUSY'],
  [0],
  [Symbol('ERR_BUSY')],
  [Object.create(null)],
  [{ code: ['ERR_BUSY'] }],
])('hasCode() says no to %o', (value) => {
  expect(hasCode(value, 'ERR_BUSY')).toBe(false)
})

test('hasCode() says no to what throws when it is asked', () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const getter = {
    get code(): never {
      throw new Error('no code')
    },
  }
  expect(hasCode(proxy, 'ERR_BUSY')).toBe(false)
  expect(hasCode(getter, 'ERR_BUSY')).toBe(false)
})
