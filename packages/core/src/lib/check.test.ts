import { expect, test } from 'vitest'
import {
  callable,
  milliseconds,
  nonEmptyString,
  nonNegativeInteger,
  oneOf,
  positiveInteger,
  positiveMilliseconds,
  positiveNumber,
  ratio,
} from './check.ts'

const MAX = Number.MAX_SAFE_INTEGER

/** Each check of a number: what it asks for, what it lets through at its edges, and what it just refuses. */
const numbers = [
  {
    check: positiveInteger,
    what: 'a positive integer',
    right: [1, 2, MAX],
    wrong: [0, -0, -1, 0.5, 1.5, MAX + 1, Infinity, -Infinity, Number.NaN],
  },
  {
    check: nonNegativeInteger,
    what: 'an integer of at least 0',
    right: [0, -0, 1, MAX],
    wrong: [-1, 0.5, MAX + 1, Infinity, Number.NaN],
  },
  {
    check: milliseconds,
    what: 'a number of milliseconds of at least 0',
    right: [0, 0.5, 1, 2 ** 31, Number.MAX_VALUE],
    wrong: [-1, -Number.MIN_VALUE, Infinity, -Infinity, Number.NaN],
  },
  {
    check: positiveMilliseconds,
    what: 'a number of milliseconds over 0',
    right: [Number.MIN_VALUE, 0.5, 2 ** 31, Number.MAX_VALUE],
    wrong: [0, -0, -1, Infinity, Number.NaN],
  },
  {
    check: ratio,
    what: 'a ratio between 0 and 1',
    right: [0, 0.5, 1],
    wrong: [-Number.MIN_VALUE, 1 + Number.EPSILON, Infinity, -Infinity, Number.NaN],
  },
  {
    check: positiveNumber,
    what: 'a number over 0',
    right: [Number.MIN_VALUE, 0.5, Number.MAX_VALUE],
    wrong: [0, -0, -1, Infinity, -Infinity, Number.NaN],
  },
]

for (const { check, what, right, wrong } of numbers) {
  test.each(right)(`${check.name}() returns %d`, (value) => {
    expect(check('limit', value)).toBe(value)
  })

  test.each(wrong)(`${check.name}() refuses %d with a RangeError`, (value) => {
    const message = `Expected \`limit\` to be ${what}, got ${value}`
    expect(() => check('limit', value)).toThrow(new RangeError(message))
  })

  test.each<[string, unknown, string]>([
    ['a string', '1', '"1"'],
    ['a bigint', 1n, '1'],
    ['a boolean', true, 'true'],
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
    ['a symbol', Symbol('one'), 'Symbol(one)'],
    ['an array', [1], 'an array'],
    ['an object', { valueOf: () => 1 }, 'an object'],
    ['a boxed number', new Number(1), 'an object'],
    ['a function', () => 1, 'a function'],
  ])(`${check.name}() refuses %s with a TypeError`, (_, value, shown) => {
    const message = `Expected \`limit\` to be ${what}, got ${shown}`
    expect(() => check('limit', value as number)).toThrow(new TypeError(message))
  })
}

test('nonEmptyString() returns a string with something in it', () => {
  expect(nonEmptyString('name', ' ')).toBe(' ')
})

test.each<[unknown, string]>([
  ['', '""'],
  [1, '1'],
  [undefined, 'undefined'],
  [new String('db'), 'an object'],
])('nonEmptyString() refuses %o with a TypeError', (value, shown) => {
  const message = `Expected \`name\` to be a string that is not empty, got ${shown}`
  expect(() => nonEmptyString('name', value as string)).toThrow(new TypeError(message))
})

test('oneOf() returns a value that is among the choices', () => {
  expect(oneOf('mode', 'fast', ['safe', 'fast'])).toBe('fast')
})

test.each<[unknown, string]>([
  ['Fast', '"Fast"'],
  ['toString', '"toString"'],
  [0, '0'],
  [undefined, 'undefined'],
])('oneOf() refuses %o with a TypeError that lists the choices', (value, shown) => {
  const message = `Expected \`mode\` to be one of "safe", "fast", got ${shown}`
  expect(() => oneOf('mode', value as 'safe', ['safe', 'fast'])).toThrow(new TypeError(message))
})

test('callable() returns a function untouched', () => {
  const run = (): void => {}
  expect(callable('run', run)).toBe(run)
})

test.each<[unknown, string]>([
  [undefined, 'undefined'],
  ['run', '"run"'],
  [{ call: () => {} }, 'an object'],
])('callable() refuses %o with a TypeError', (value, shown) => {
  const message = `Expected \`run\` to be a function, got ${shown}`
  expect(() => callable('run', value as () => void)).toThrow(new TypeError(message))
})

test('a check shows a long string cut, on one line', () => {
  const cut = `"${'x'.repeat(59)}\\n…"`
  expect(() => callable('run', `${'x'.repeat(59)}\n${'y'.repeat(1_000)}` as never)).toThrow(
    new TypeError(`Expected \`run\` to be a function, got ${cut}`),
  )
})

test('a check shows a string of 60 characters whole', () => {
  expect(() => callable('run', 'x'.repeat(60) as never)).toThrow(
    new TypeError(`Expected \`run\` to be a function, got "${'x'.repeat(60)}"`),
  )
})

test.each(numbers.map(({ check }) => [check.name, check] as const))('%s() never looks into an object', (_, check) => {
  const trap = (): never => {
    throw new Error('looked into')
  }
  const object = new Proxy({}, { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap })
  expect(() => check('limit', object as never)).toThrow(TypeError)
})
