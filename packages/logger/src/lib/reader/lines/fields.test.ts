import { expect, test } from 'vitest'
import { fieldOf, isField } from './fields.ts'

test.each([
  ['status', { status: 503 }, 503],
  ['err.code', { err: { code: 'E' } }, 'E'],
  ['http.response.status_code', { 'http.response.status_code': 503 }, 503],
  ['http.response.status_code', { 'http.response': { status_code: 503 } }, 503],
  ['http.response.status_code', { http: { 'response.status_code': 503 } }, 503],
  ['a.b', { a: { c: 1 }, 'a.b': 2 }, 2],
  ['a.b.c', { a: { x: 1 }, 'a.b': { c: 2 } }, 2],
  ['errors.1.code', { errors: [{ code: 'A' }, { code: 'B' }] }, 'B'],
  ['a.b', { a: null }, undefined],
  ['a.b', { a: 'text' }, undefined],
  ['a.length', { a: 'text' }, undefined],
  ['constructor.name', {}, undefined],
  ['__proto__.x', {}, undefined],
])('fieldOf() finds %s in %j', (path, fields, found) => {
  expect(fieldOf(fields, path)).toBe(found)
})

test.each([
  [503, 503, true],
  [503, '503', true],
  [true, 'true', true],
  ['503', 503, false],
  [null, null, true],
  [null, 'null', false],
  [undefined, 'undefined', false],
  [{}, '[object Object]', false],
])('isField() compares %j with %j', (found, wanted, is) => {
  expect(isField(found, wanted)).toBe(is)
})
