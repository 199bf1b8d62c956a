import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { hearEventLoop } from './loop-times.ts'

const eventLoop = hearEventLoop()

test('turns() counts on from turn to turn, and stands still within one', async () => {
  const before = eventLoop.turns()
  expect(eventLoop.turns()).toBe(before)
  await nextTurn()
  await nextTurn()
  expect(eventLoop.turns()).toBeGreaterThan(before)
})

test('idleMs() is a time that does not grow while the loop works', () => {
  const before = eventLoop.idleMs()
  for (const untilMs = performance.now() + 2; performance.now() < untilMs; );
  expect(before).toBeGreaterThanOrEqual(0)
  expect(eventLoop.idleMs()).toBe(before)
})
