import { createManualClock } from '@breakwater/core/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { collecting } from './support/collect.ts'

test('a line has level, time, env, service, its fields and its message', () => {
  const clock = createManualClock({ epochMs: Date.UTC(2026, 10, 21, 18, 22, 8, 7) })
  const { logger, raw } = collecting({ clock })
  logger.info({ taskId: 7, tags: ['a', null] }, 'task %s created', 'x')
  expect(raw).toEqual([
    '{"level":"info","time":"2026-11-21T18:22:08.007Z","env":"test","service":"tasks","taskId":7,"tags":["a",null],"msg":"task x created"}\n',
  ])
})

test('every level writes its label, and only from the level on that is set', () => {
  const { logger, lines } = collecting({ level: 'warn' })
  for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) logger[level](level)
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    ['warn', 'warn'],
    ['error', 'error'],
    ['fatal', 'fatal'],
  ])
  logger.level = 'debug'
  expect(logger.isLevelEnabled('debug')).toBe(true)
  expect(logger.isLevelEnabled('trace')).toBe(false)
})

test('a name that pino writes itself stands once, and what was given goes under another', () => {
  const { logger, lines } = collecting()
  logger.info({ level: 5, time: 'noon', time_: 1, msg: 'mine' }, 'yours')
  logger.info({ msg: 'mine' })
  logger.child({ level: 'child', service: 'other', msg: 'bound' }).info({ env: 'line' }, 'yours')
  expect(lines[0]).toMatchObject({ level: 'info', level_: 5, time__: 'noon', time_: 1, msg: 'yours', msg_: 'mine' })
  expect(lines[1]).toMatchObject({ msg: 'mine' })
  expect(lines[2]).toMatchObject({ level: 'info', level_: 'child', service: 'other', env: 'line', msg: 'yours' })
})

test('a line wins over its child, and a child over its parent', () => {
  const { logger, lines } = collecting()
  const child = logger.child({ part: 'a', kept: 1 }).child({ part: 'b' })
  child.info('child')
  child.info({ part: 'c' }, 'line')
  logger.info('parent')
  expect(lines.map(({ part, kept }) => [part, kept])).toEqual([
    ['b', 1],
    ['c', 1],
    [undefined, undefined],
  ])
})

test('an error has type, message, code, stack, cause, errors and what was put on it', () => {
  const { logger, lines } = collecting()
  const cause = Object.assign(new TypeError('wrong'), { code: 'E_WRONG' })
  const error = Object.assign(new AggregateError([new Error('one'), 'two'], 'all failed', { cause }), { attempts: 3 })
  logger.error(error)
  logger.error({ err: error, taskId: 1 }, 'could not')
  expect(lines[0]).toMatchObject({
    msg: 'all failed',
    err: {
      type: 'AggregateError',
      message: 'all failed',
      stack: expect.stringContaining('lines.test.ts'),
      cause: { type: 'TypeError', message: 'wrong', code: 'E_WRONG', stack: expect.any(String) },
      errors: [{ type: 'Error', message: 'one' }, 'two'],
      attempts: 3,
    },
  })
  expect(lines[1]).toMatchObject({ msg: 'could not', taskId: 1, err: { type: 'AggregateError' } })
})

test('an error at any depth and under any name is one', () => {
  const { logger, lines } = collecting()
  logger.info({ result: { reason: new RangeError('far') } }, 'x')
  logger.child({ last: new Error('before') }).info('y')
  expect(lines[0]).toMatchObject({ result: { reason: { type: 'RangeError', message: 'far' } } })
  expect(lines[1]).toMatchObject({ last: { type: 'Error', message: 'before' } })
})

test('errors whose causes go in a circle end', () => {
  const { logger, lines } = collecting()
  const a = new Error('a')
  const b = new Error('b', { cause: a })
  a.cause = b
  logger.error(a, 'x')
  expect(lines[0]).toMatchObject({ err: { cause: { message: 'b', cause: '[circular]' } } })
})

test('what JSON does not know becomes readable', () => {
  const { logger, lines } = collecting()
  logger.info({
    map: new Map<unknown, unknown>([
      ['a', 1],
      [2, { b: new Set([1, 'x']) }],
    ]),
    big: 12345678901234567890n,
    date: new Date(0),
    never: new Date(Number.NaN),
    nan: Number.NaN,
    symbol: Symbol('s'),
    buffer: Buffer.from('abc'),
    regexp: /x/g,
    url: new URL('https://example.com/a?b=1'),
    params: new URLSearchParams('q=1'),
    headers: new Headers({ accept: 'x' }),
    promise: Promise.resolve(),
    fn: () => 1,
    nothing: undefined,
    list: [undefined, () => 1],
    boxed: [new String('s'), new Number(1)],
  })
  expect(lines[0]).toMatchObject({
    map: { a: 1, 2: { b: [1, 'x'] } },
    date: '1970-01-01T00:00:00.000Z',
    never: null,
    nan: null,
    symbol: 'Symbol(s)',
    buffer: '[3 bytes]',
    regexp: '/x/g',
    url: 'https://example.com/a?b=1',
    params: { q: '1' },
    headers: { accept: 'x' },
    promise: '[Promise]',
    list: [null, null],
    boxed: ['s', 1],
  })
  expect(lines[0]).not.toHaveProperty('fn')
  expect(lines[0]).not.toHaveProperty('nothing')
})

test('names that are secrets themselves keep apart, and stay hidden in fields of children, too', () => {
  const { logger, lines, raw } = collecting()
  const [a, b] = ['4111111111111111', '4012888888881881']
  const secrets = { [`-${a}`]: 1, [`-${b}`]: 2 }
  logger.info({ ...secrets, deep: secrets, map: new Map(Object.entries(secrets)) }, 'x')
  const child = logger.child({ ...secrets, own: 1 })
  child.info({ own: 2 }, 'y')
  logger.withContext({ [`-${a}`]: 1, own: 1 }, () => child.info({ own: 2 }, 'z'))
  expect(lines[0]).toMatchObject({ deep: { '-[redacted card]': 1, '-[redacted card] 2': 2 } })
  expect(lines).toHaveLength(3)
  for (const line of raw) expect(line).not.toMatch(/4111|4012/)
})

test('a secret that its neighbour in a list names is one', () => {
  const { logger, lines } = collecting()
  logger.info({ argv: ['run', '--password', 'hunter2', '--verbose', 'yes'], raw: ['Cookie', 'a=b', 'Accept', 'x'] })
  expect(lines[0]).toMatchObject({
    argv: ['run', '--password', '[redacted]', '--verbose', 'yes'],
    raw: ['Cookie', '[redacted]', 'Accept', 'x'],
  })
})

test('what cannot be read leaves a placeholder, and the rest of its line', () => {
  const { logger, lines } = collecting()
  const circular: Record<string, unknown> = { a: 1 }
  circular.self = circular
  const bad = {
    get boom() {
      throw new Error('no')
    },
    json: {
      toJSON() {
        throw new Error('never')
      },
    },
    circular,
    ok: true,
  }
  logger.info(bad, 'x')
  logger.info({ nested: bad }, 'y')
  const seen = { boom: '[unreadable: no]', json: '[unreadable: never]', circular: { self: '[circular]' }, ok: true }
  expect(lines[0]).toMatchObject({ ...seen, msg: 'x' })
  expect(lines[1]).toMatchObject({ nested: seen, msg: 'y' })
})

test('what writes a line while it is read disturbs neither that line nor its own', () => {
  const { logger, lines } = collecting({ limits: { maxDepth: 4 } })
  const self: Record<string, unknown> = {
    get x() {
      logger.info({ self }, 'inside')
      return self
    },
  }
  logger.info({ before: 1, self, after: 2 }, 'outside')
  expect(lines.length).toBeLessThan(10)
  expect(lines.at(-1)).toMatchObject({ before: 1, self: { x: '[circular]' }, after: 2, msg: 'outside' })
})

test('no object makes a line that is too large', () => {
  const { logger, raw, lines } = collecting({
    limits: { maxDepth: 3, maxEntries: 5, maxTextLength: 20, maxLineLength: 500 },
  })
  const deep = { a: { b: { c: { d: { e: 1 } } } } }
  logger.info({ deep, list: Array.from({ length: 9 }, (_, i) => i), text: 'x'.repeat(50) }, 'first')
  logger.info(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`n${i}`, i])), 'second')
  logger.info(
    { wide: Array.from({ length: 5 }, () => Array.from({ length: 5 }, () => ['y'.repeat(20), 'z'.repeat(20)])) },
    'third',
  )
  expect(lines[0]).toMatchObject({
    deep: { a: { b: { c: '[object]' } } },
    list: [0, 1, 2, 3, 4, '[4 more]'],
    text: `${'x'.repeat(20)}… [30 more characters]`,
  })
  expect(Object.keys(lines[1] ?? {})).toContain('…')
  expect(lines[1]).not.toHaveProperty('n5')
  expect(raw[2]).toContain('[cut]')
  expect(raw[2]?.length).toBeLessThan(1_500)
})

test('no line is shorter for all that were written before', () => {
  const { logger, lines } = collecting({ limits: { maxLineLength: 3_000 } })
  const text = 'x'.repeat(100)
  for (let n = 0; n < 200; n++) {
    logger.withContext({ requestId: `r-${n}`, text }, () =>
      logger.child({ bound: text }).info({ own: text }, `${text}${n} %j`, { text }),
    )
    logger.error(new Error(text))
  }
  for (const [n, line] of lines.entries()) {
    if (n % 2 === 0) expect(line).toMatchObject({ requestId: `r-${n / 2}`, text, bound: text, own: text })
    expect(JSON.stringify(line)).not.toContain('[cut]')
  }
})

const ANYTHING: readonly [string, unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['a symbol', Symbol('x')],
  ['a bigint', 10n],
  ['NaN', Number.NaN],
  ['an object without prototype', Object.create(null)],
  ['a function', () => 1],
  ['a class', class A {}],
  ['a map', new Map([['a', 1]])],
  ['a set', new Set([1])],
  ['an array', [1, 2]],
  ['bytes', Buffer.from('abc')],
  ['a date', new Date(0)],
  ['a revoked proxy', revoked()],
  ['a proxy that throws at everything', throwing()],
  ['an error without message', Object.assign(new Error('x'), { message: undefined })],
  ['an error whose message throws', errorThatThrows()],
  ['what looks like a request', { method: 'GET', headers: {}, socket: {} }],
  ['what looks like a response', { statusCode: 200, getHeaders: () => ({ a: 1 }), setHeader() {} }],
  [
    'a response that throws',
    {
      setHeader() {},
      get statusCode() {
        throw new Error('no')
      },
    },
  ],
  ['an object whose constructor is a lie', { constructor: { name: 5 } }],
  ['an empty string', ''],
  ['lone surrogates', '\ud800'],
]

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function throwing(): object {
  const no = (): never => {
    throw new Error('no')
  }
  return new Proxy({}, { get: no, has: no, ownKeys: no, getOwnPropertyDescriptor: no, getPrototypeOf: no })
}

function errorThatThrows(): Error {
  return Object.defineProperty(new Error('x'), 'message', {
    get() {
      throw new Error('no message')
    },
  })
}

test.each(ANYTHING)('%s, wherever it is given, becomes a line', (_, rubbish) => {
  const { logger, lines } = collecting()
  const any = logger.info as (...args: unknown[]) => void
  any(rubbish)
  any(rubbish, 'message')
  any({ rubbish }, 'message')
  any('message %s %d %o %j', rubbish, rubbish, rubbish, rubbish)
  any({ deep: [{ rubbish }] }, rubbish)
  logger.child({ rubbish }).info('message')
  logger.child(rubbish as Record<string, unknown>).info('message')
  logger.withContext({ rubbish }, () => logger.info('message'))
  logger.withContext(rubbish as Record<string, unknown>, () => logger.info('message'))
  ;(logger.pino.info as (...args: unknown[]) => void)(rubbish, rubbish)
  expect(lines).toHaveLength(10)
})

test('anything at all becomes one line with each name once', () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withTypedArray: true,
    withSparseArray: true,
  })
  fc.assert(
    fc.property(anything, anything, anything, (a, b, c) => {
      const { logger, lines } = collecting()
      const any = logger.info as (...args: unknown[]) => void
      any(a, b, c)
      any({ a, level: b, msg: c, time: a }, 'x')
      logger.child({ a, b, service: c }).info({ b: a, c }, 'x')
      logger.withContext({ a, requestId: b }, () => logger.info({ a: c, requestId: a }, 'x'))
      expect(lines).toHaveLength(4)
    }),
    { numRuns: 300 * Number(process.env.SOAK ?? 1) },
  )
})
