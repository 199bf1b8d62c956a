import { expect, test } from 'vitest'
import { fold, holdsText } from './text.ts'

const holds = (json: string, text: string): boolean => holdsText(JSON.parse(json), json, fold(text))

test.each([
  ['part of a value', { msg: 'A timeout' }, 'time', true],
  ['a value in another case', { msg: 'TIMEOUT' }, 'Time', true],
  ['no name of a field', { timeout: 1 }, 'timeout', false],
  ['a value that is called as a field', { a: 'b', b: 'c' }, 'b', true],
  ['a value deep inside', { a: [{ b: ['x', 'deep'] }] }, 'deep', true],
  ['a quote', { msg: 'say "hi"' }, 'y "h', true],
  ['a backslash at the end', { msg: 'C:\\', more: 1 }, ':\\', true],
  ['no backslash of an escape', { msg: 'a\nb' }, '\\', false],
  ['a line break', { msg: 'a\nb' }, 'a\nb', true],
  ['letters with marks', { msg: 'GRÜSSE' }, 'grü', true],
  ['a number', { status: 503 }, '503', true],
  ['a part of a number', { took: 12.75 }, '2.7', true],
  ['true', { ok: true }, 'TRUE', true],
  ['null', { user: null }, 'null', true],
  ['nothing across two values', { a: 1, b: 2 }, '1,', false],
  ['nothing across two texts', { a: ['x', 'y'] }, 'x","y', false],
  ['a final sigma', { msg: 'ΟΔΟΣ' }, 'οδοσ', true],
])('holdsText() finds %s', (_name, line, text, isThere) => {
  expect(holds(JSON.stringify(line), text)).toBe(isThere)
})

test('holdsText() finds numbers as they are written, whatever they are parsed to', () => {
  expect(holds('{"id":12345678901234567890}', '67890')).toBe(true)
  expect(holds('{"a" : 5.03E2 }', '5.03e2')).toBe(true)
})

test('holdsText() finds what is escaped', () => {
  expect(holds('{"msg" :"\\u0066\\u006F\\/o"}', 'fo/o')).toBe(true)
  expect(holds('{"\\u0066" : 1}', 'f')).toBe(false)
})

test('holdsText() goes as deep as a line does', () => {
  const deep = `${'['.repeat(100_000)}"deep",7${']'.repeat(100_000)}`
  expect([holds(deep, 'deep'), holds(deep, '7'), holds(deep, '8')]).toEqual([true, true, false])
})
