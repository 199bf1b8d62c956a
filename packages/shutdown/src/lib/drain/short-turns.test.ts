import { stat } from 'node:fs'
import { expect, test } from 'vitest'
import { SHORT_TURN_MS, ShortTurns } from './short-turns.ts'

/** Makes every turn of the event loop a long one, until it is called. */
function keepBusy(): () => void {
  let isOver = false
  const spin = (): void => {
    const untilMs = performance.now() + 10 * SHORT_TURN_MS
    while (performance.now() < untilMs);
    if (!isOver) stat('.', spin)
  }
  spin()
  return () => {
    isOver = true
  }
}

function turn(): Promise<void> {
  return new Promise(setImmediate)
}

test('atEnd() acts once, and not what was called off', async () => {
  const turns = new ShortTurns()
  const acted: string[] = []
  turns.atEnd(() => acted.push('one'))
  const callOff = turns.atEnd(() => acted.push('two'))
  turns.atEnd(() => acted.push('three'))
  callOff()
  expect(acted).toEqual([])
  while (acted.length < 2) await turn()
  for (let n = 0; n < 20; n++) await turn()
  expect(acted).toEqual(['one', 'three'])
  turns.atEnd(() => acted.push('four'))
  while (acted.length < 3) await turn()
})

test('atEnd() acts also where no turn is a short one, a few at a time', async () => {
  const turns = new ShortTurns()
  const rest = keepBusy()
  const actedMs: number[] = []
  for (let n = 0; n < 5; n++)
    turns.atEnd(() => {
      actedMs.push(performance.now())
      const untilMs = performance.now() + 2 * SHORT_TURN_MS
      while (performance.now() < untilMs);
    })
  let count = 0
  while (actedMs.length < 5) {
    await turn()
    count++
  }
  rest()
  expect(count).toBeGreaterThan(4)
})
