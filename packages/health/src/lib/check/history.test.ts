import { expect, test } from 'vitest'
import { History } from './history.ts'

test('add() forgets the oldest of more than 20', () => {
  const history = new History()
  for (let at = 1; at <= 25; at++) history.add({ at, what: 'changed' })
  expect(history.entries).toHaveLength(20)
  expect(history.entries.map(({ at }) => at).at(0)).toBe(6)
  expect(history.entries.at(-1)?.at).toBe(25)
})
