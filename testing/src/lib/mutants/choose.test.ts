import { afterEach, expect, test, vi } from 'vitest'
import { chooseMutants } from './choose.ts'

afterEach(() => void vi.unstubAllEnvs())

test('chooseMutants() tries one of three, and names the others', () => {
  vi.stubEnv('SOAK', undefined)
  expect(chooseMutants([1, 2, 3, 4, 5])).toEqual({ tried: [1, 4], left: [2, 3, 5] })
})

test('chooseMutants() tries all with SOAK', () => {
  vi.stubEnv('SOAK', '1')
  expect(chooseMutants([1, 2, 3, 4])).toEqual({ tried: [1, 2, 3, 4], left: [] })
})
