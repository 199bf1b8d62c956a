import { type DestinationStream, type Logger as Pino, type LoggerOptions as PinoOptions, pino } from 'pino'
import { expect, test } from 'vitest'
import type { LoggerOptions } from '../src/index.ts'
import { collect, collecting } from './support/collect.ts'

/** A logger on a pino of the user's own, and its lines. */
function onPino(options: PinoOptions, more: LoggerOptions = {}) {
  const destination = collect()
  const own: Pino = pino({ level: 'trace', ...options }, destination as DestinationStream)
  const { logger } = collecting({ pino: own, ...more })
  return { own, logger, lines: destination.lines }
}

test("a user's own pino keeps its level, fields, names and time", () => {
  const { logger, lines } = onPino({
    level: 'warn',
    base: { app: 'mine' },
    messageKey: 'message',
    errorKey: 'error',
    timestamp: () => ',"at":"now"',
  })
  logger.info('not this one')
  logger.warn({ a: 1 }, 'this one')
  logger.error(new Error('no'))
  expect(lines[0]).toEqual({ level: 40, at: 'now', app: 'mine', a: 1, message: 'this one' })
  expect(lines[1]).toMatchObject({ level: 50, message: 'no', error: { type: 'Error', message: 'no' } })
})

test("a user's own pino is not changed", () => {
  const { own, logger, lines } = onPino({})
  logger.warn({ password: 'hunter2' }, 'ours')
  own.warn({ password: 'hunter2' }, 'theirs')
  expect(lines[0]).toMatchObject({ password: '[redacted]' })
  expect(lines[1]).toMatchObject({ password: 'hunter2' })
})

test("serializers, formatters, mixins, hooks, prefixes and redaction of a user's own pino go on", () => {
  let hooked = 0
  const { logger, lines } = onPino({
    serializers: { user: ({ id, token }) => ({ id, token }), msg: (text: string) => text.toUpperCase() },
    formatters: {
      log: (fields) => ({ ...fields, formatted: true }),
      bindings: (fields) => ({ ...fields, bound: true }),
    },
    mixin: () => ({ mixed: 1, a: 'from the mixin' }),
    hooks: {
      logMethod(args, method) {
        hooked++
        method.apply(this, args)
      },
    },
    msgPrefix: '[x] ',
    redact: { paths: ['hidden', 'deep.hidden'], censor: 'gone' },
  })
  logger
    .child({ part: 1 })
    .info({ user: { id: 1, token: 't', name: 'n' }, hidden: 1, deep: { hidden: 2, a: 3 }, a: 'given' }, 'hello')
  expect(lines[0]).toMatchObject({
    user: { id: 1, token: '[redacted]' },
    formatted: true,
    bound: true,
    mixed: 1,
    a: 'given',
    part: 1,
    hidden: 'gone',
    deep: { hidden: 'gone', a: 3 },
    msg: '[X] HELLO',
  })
  expect(lines[0]?.user).not.toHaveProperty('name')
  expect(hooked).toBe(1)
})

test('a serializer that throws leaves a placeholder, and the rest of its line', () => {
  const { logger, lines } = onPino({
    serializers: {
      user: () => {
        throw new Error('no user')
      },
    },
  })
  logger.info({ user: 1, a: 2 }, 'hello')
  expect(lines[0]).toMatchObject({ user: '[unreadable: no user]', a: 2, msg: 'hello' })
})

test('custom levels, nested keys and options of children work', () => {
  const { logger, lines } = onPino({ customLevels: { audit: 35 }, nestedKey: 'data' })
  const own = logger.pino as unknown as Pino<'audit'>
  own.audit({ secret: 's', level: 1, deep: { a: 1 } }, 'seen')
  own
    .child({ part: 1 }, { level: 'error', serializers: { x: () => 'serialised' }, msgPrefix: '> ' })
    .error({ x: 1 }, 'child')
  own.child({}, { level: 'error' }).warn('not this one')
  expect(lines).toEqual([
    expect.objectContaining({ level: 35, data: { secret: '[redacted]', level: 1, deep: { a: 1 } }, msg: 'seen' }),
    expect.objectContaining({ level: 50, part: 1, data: { x: 'serialised' }, msg: '> child' }),
  ])
})

test('bindings() and setBindings() of pino tell and change the fields of a child', () => {
  const { logger, lines } = onPino({ base: null })
  const child = (logger.pino as unknown as Pino).child({ a: 1, token: 'x' })
  expect(child.bindings()).toEqual({ a: 1, token: '[redacted]' })
  child.setBindings({ a: 2, b: 3 })
  child.info('hello')
  expect(lines[0]).toMatchObject({ a: 2, b: 3, token: '[redacted]' })
})

test('fields that a pino already has are redacted, and stand once', () => {
  const destination = collect()
  const own = pino({ base: { apiKey: 'k-1' } }, destination as DestinationStream)
    .child({ a: 1 })
    .child({ a: 2 })
  collecting({ pino: own }).logger.info({ b: 1 }, 'hello')
  expect(destination.lines[0]).toMatchObject({ apiKey: '[redacted]', a: 2, b: 1 })
})

test('a level that is set here holds for the child that is used here, and not for its pino', () => {
  const { own, logger, lines } = onPino({ level: 'info' }, { level: 'error' })
  logger.warn('ours')
  own.warn('theirs')
  expect(lines.map(({ msg }) => msg)).toEqual(['theirs'])
})

test('several loggers on one pino do not get in each other’s way', () => {
  const { own, logger, lines } = onPino({})
  const other = collecting({ pino: own, redact: { plainNames: ['token'] } }).logger
  logger.info({ token: 't' }, 'first')
  other.info({ token: 't' }, 'second')
  expect(lines.map(({ token }) => token)).toEqual(['[redacted]', 't'])
})

test('createLogger() refuses what is no pino', () => {
  for (const wrong of [{}, console, { child: () => ({}) }])
    expect(() => collecting({ pino: wrong as never })).toThrow(/`pino`/)
})
