import { expect, test } from 'vitest'
import { createRandom } from './random.ts'

test('createRandom() stays in [0, 1)', () => {
  const random = createRandom(1)
  const values = Array.from({ length: 10_000 }, random)
  expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...values)).toBeLessThan(1)
})
