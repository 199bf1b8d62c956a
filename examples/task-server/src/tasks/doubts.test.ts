import { createManualClock } from '@breakwater/core/testing'
import { expect, test, vi } from 'vitest'
import { createDoubts } from './doubts.ts'

function setUp() {
  const clock = createManualClock()
  const forget = vi.fn(async (_ids: readonly string[] | undefined): Promise<unknown> => undefined)
  return { clock, forget, doubt: createDoubts(forget, { clock, maxIds: 3 }) }
}

test('createDoubts() forgets what is in doubt each second, for half a minute', async () => {
  const { clock, forget, doubt } = setUp()
  doubt('a')
  expect(forget).not.toHaveBeenCalled()
  await clock.advanceAsync(29_999)
  expect(forget.mock.calls).toEqual(Array(29).fill([['a']]))
  await clock.advanceAsync(60_000)
  expect(forget).toHaveBeenCalledTimes(30)
  expect(clock.pending).toBe(0)
})

test('createDoubts() lets each id have its own time, and asks for all at once', async () => {
  const { clock, forget, doubt } = setUp()
  doubt('a')
  await clock.advanceAsync(10_500)
  doubt('b')
  await clock.advanceAsync(500)
  expect(forget).toHaveBeenLastCalledWith(['a', 'b'])
  await clock.advanceAsync(20_000)
  expect(forget).toHaveBeenLastCalledWith(['b'])
})

test('createDoubts() has lists forgotten without an id', async () => {
  const { clock, forget, doubt } = setUp()
  doubt()
  await clock.advanceAsync(1_000)
  expect(forget.mock.calls).toEqual([[[]]])
})

test('createDoubts() forgets everything rather than remember too much', async () => {
  const { clock, forget, doubt } = setUp()
  for (const id of ['a', 'b', 'c', 'd', 'e']) doubt(id)
  await clock.advanceAsync(1_000)
  expect(forget.mock.calls).toEqual([[undefined]])
})

test('createDoubts() ends when nothing can be forgotten any more', async () => {
  const { clock, forget, doubt } = setUp()
  forget.mockRejectedValue(new Error('closed'))
  doubt('a')
  await clock.advanceAsync(60_000)
  expect(forget).toHaveBeenCalledTimes(1)
})
