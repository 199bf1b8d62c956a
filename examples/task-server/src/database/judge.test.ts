import { TimeoutError } from '@breakwater/resilience'
import { expect, test } from 'vitest'
import { DatabaseAnswerLostError, DatabaseUnavailableError, toDatabaseError } from './errors.ts'
import { classifyError, mayRepeat } from './judge.ts'

/** What PostgreSQL sends. */
function postgresError(code: string, severity = 'ERROR'): Error {
  return Object.assign(new Error(`PostgreSQL says ${code}`), { code, severity })
}

const broken = new Error('read ECONNRESET')
const mistake = toDatabaseError(postgresError('23505'), true)
const unreachable = toDatabaseError(new Error('connect ECONNREFUSED'), false)
const starting = toDatabaseError(postgresError('57P03', 'FATAL'), false)
const overdue = toDatabaseError(new Error('Connection terminated due to connection timeout'), false)
const unroutable = toDatabaseError(new Error('connect ETIMEDOUT 192.0.2.1:5432'), false)
const lost = toDatabaseError(broken, true)
const shutDown = toDatabaseError(postgresError('57P01', 'FATAL'), true)
const diskFull = toDatabaseError(postgresError('53100'), true)
const cancelled = toDatabaseError(postgresError('57014'), true)
const deadlock = toDatabaseError(postgresError('40P01'), true)
const unserialisable = toDatabaseError(postgresError('40001'), true)
const timeout = new TimeoutError('database', 4_000)
const ours = new TypeError('Cannot read properties of undefined')

test('toDatabaseError() tells what was surely not done from what nobody knows', () => {
  for (const error of [unreachable, starting, diskFull, cancelled])
    expect(error).toBeInstanceOf(DatabaseUnavailableError)
  for (const error of [lost, shutDown]) expect(error).toBeInstanceOf(DatabaseAnswerLostError)
  expect([mistake, toDatabaseError(ours, true)]).toEqual([postgresError('23505'), ours])
})

test.each([
  ['no connection', unreachable, 'failure'],
  ['a server that is starting', starting, 'failure'],
  ['a connection that takes too long', overdue, 'failure'],
  ['a lost connection', lost, 'failure'],
  ['a server that shuts down', shutDown, 'failure'],
  ['a time limit of this side', timeout, 'failure'],
  ['a time limit of the server', cancelled, 'failure'],
  ['a mistake in a statement', mistake, 'success'],
  ['a full disk', diskFull, 'ignored'],
  ['a deadlock', deadlock, 'ignored'],
  ['a mistake of our own', ours, 'ignored'],
  ['nothing', undefined, 'ignored'],
])('classifyError() takes %s for what it is', (_, error, verdict) => {
  expect(classifyError(error)).toBe(verdict)
})

test.each([
  ['no connection', unreachable, [true, true]],
  ['a server that is starting', starting, [true, true]],
  ['a connection that takes too long', overdue, [false, false]],
  ['a connection that the system gives up', unroutable, [false, false]],
  ['a lost connection', lost, [true, false]],
  ['a server that shuts down', shutDown, [true, false]],
  ['a deadlock', deadlock, [true, true]],
  ['an unserialisable transaction', unserialisable, [true, true]],
  ['a full disk', diskFull, [false, false]],
  ['a time limit of the server', cancelled, [false, false]],
  ['a time limit of this side', timeout, [false, false]],
  ['a mistake in a statement', mistake, [false, false]],
  ['a mistake of our own', ours, [false, false]],
])('mayRepeat() after %s', (_, error, expected) => {
  expect([mayRepeat(error, true), mayRepeat(error, false)]).toEqual(expected)
})
