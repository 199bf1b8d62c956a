import { expect, test } from 'vitest'
import { isSuspicious } from './trigger.ts'

test.each([
  '',
  'request finished',
  '/api/tasks/123',
  '123e4567-e89b-42d3-a456-426614174000',
  '2026-11-21T18:22:08.123Z',
  '2026-11-21 18:22:08',
  '18:22:08',
  '[18:22] done',
  'task created by bob, who has an object, Joe, and a basket',
  'retrying in 1000 ms, 3 of 12',
  '123456789012',
  '1732213123123',
  'x4111111111111111',
])('isSuspicious() spares %j', (text) => {
  expect(isSuspicious(text)).toBe(false)
})

test.each([
  'a=b',
  'a: b',
  'a1:2',
  'token12:34',
  'a:2',
  '<a',
  '--a',
  '"a",',
  'a%3Db',
  'http://x',
  'http:\\/\\/x',
  'a%40b',
  'Bearer',
  'bearer',
  'BASIC',
  'eyJ',
  '4111111111111111',
  '17 4111 1111 1111 1',
  '4111-1111-1111-1',
])('isSuspicious() looks closer at %j', (text) => {
  expect(isSuspicious(text)).toBe(true)
})
