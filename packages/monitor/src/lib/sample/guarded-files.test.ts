import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { GuardedFiles } from './guarded-files.ts'

interface Subject {
  readonly clock: ManualClock
  readonly files: GuardedFiles
  readonly failures: string[]
  readonly reads: () => number
}

function create(read: (clock: ManualClock) => string): Subject {
  const clock = createManualClock()
  const failures: string[] = []
  let reads = 0
  const slow = {
    read: () => {
      reads++
      return read(clock)
    },
  }
  const files = new GuardedFiles(slow, clock, (path, error) => failures.push(`${path} ${error}`))
  return { clock, files, failures, reads: () => reads }
}

test('read() leaves a file alone for five minutes that cannot be read', () => {
  const { clock, files, failures, reads } = create(() => {
    throw new Error('EIO')
  })
  expect(files.read('/a')).toBeUndefined()
  clock.advance(299_999)
  files.read('/a')
  expect([reads(), failures]).toEqual([1, ['/a Error: EIO']])
  clock.advance(1)
  files.read('/a')
  expect(reads()).toBe(2)
})

test('read() leaves a file alone that took long three times in a row', () => {
  const { files, failures, reads } = create((clock) => {
    clock.advance(250)
    return 'text'
  })
  const texts = [1, 2, 3, 4].map(() => files.read('/a'))
  expect(texts).toEqual(['text', 'text', 'text', undefined])
  expect(reads()).toBe(3)
  expect(failures).toEqual(['/a Error: Cannot read "/a" each time as that takes 250 ms'])
})

test('read() forgives a file that takes long now and then, and any that is fast', () => {
  let read = 0
  const { files, failures } = create((clock) => {
    clock.advance(++read % 3 === 0 ? 249.9 : 260)
    return 'text'
  })
  for (let turn = 0; turn < 30; turn++) expect(files.read('/a')).toBe('text')
  expect(failures).toEqual([])
})

test('read() goes on with other files', () => {
  const { files } = create(() => 'text')
  const clock = createManualClock()
  const broken = new GuardedFiles(
    {
      read: (path) => {
        if (path === '/a') throw new Error('EIO')
        return path
      },
    },
    clock,
    () => {},
  )
  expect([broken.read('/a'), broken.read('/b'), files.read('/a')]).toEqual([undefined, '/b', 'text'])
})
