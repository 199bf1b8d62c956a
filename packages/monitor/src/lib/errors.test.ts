import { expect, test } from 'vitest'
import { HeapSnapshotError, isHeapSnapshotError } from './errors.ts'

test('HeapSnapshotError says what cannot be done, and why', () => {
  const cause = new Error('ENOSPC')
  const error = new HeapSnapshotError('the disk is full', { cause })
  expect([error.name, error.code, error.message, error.cause]).toEqual([
    'HeapSnapshotError',
    'ERR_HEAP_SNAPSHOT',
    'Cannot write a heap snapshot as the disk is full',
    cause,
  ])
  expect('cause' in new HeapSnapshotError('x')).toBe(false)
})

test('isHeapSnapshotError() goes by the code', () => {
  expect(isHeapSnapshotError({ code: 'ERR_HEAP_SNAPSHOT' })).toBe(true)
  expect(isHeapSnapshotError(new Error('x'))).toBe(false)
})
