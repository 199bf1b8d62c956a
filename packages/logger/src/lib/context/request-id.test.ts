import { expect, test } from 'vitest'
import { createRequestIds, isRequestId } from './request-id.ts'

test('isRequestId() takes what can be searched for, and nothing that breaks a line', () => {
  for (const id of ['a', 'r-1', '0af7:1/x=+_.', 'x'.repeat(128)]) expect(isRequestId(id), id).toBe(true)
  for (const id of [undefined, '', 'a b', 'a"b', 'a\nb', 'ü', '<x>', 'x'.repeat(129)])
    expect(isRequestId(id), id).toBe(false)
})

test('createRequestIds() makes ids that differ, also from those of another process', () => {
  const [one, other] = [createRequestIds(), createRequestIds()]
  const ids = Array.from({ length: 1_000 }, () => [one(), other()]).flat()
  expect(new Set(ids).size).toBe(2_000)
  expect(ids.every(isRequestId)).toBe(true)
})
