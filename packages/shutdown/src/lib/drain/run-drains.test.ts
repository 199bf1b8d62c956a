import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import type { Drain } from './drain.ts'
import { runDrains } from './run-drains.ts'

const settle = (): Promise<void> => new Promise(setImmediate)

function toDrain(name: string, begin: Drain['begin'], answered = 0): Drain & { readonly cuts: string[] } {
  const cuts: string[] = []
  return {
    name,
    answered,
    begin,
    cuts,
    cut() {
      cuts.push(name)
      return { requests: 2, connections: 3 }
    },
  }
}

test('runDrains() drains all at once, and cuts only what is left when the time is over', async () => {
  const clock = createManualClock()
  const quick = toDrain('quick', () => clock.sleep(10), 7)
  const slow = toDrain('slow', () => new Promise(() => {}))
  const reports = runDrains([quick, slow], { kind: 'request' }, 100, clock)
  await clock.advanceAsync(99)
  await settle()
  expect([quick.cuts, slow.cuts]).toEqual([[], []])
  await clock.advanceAsync(1)
  expect(await reports).toEqual([
    { name: 'quick', durationMs: 10, answered: 0, cutRequests: 0, cutConnections: 0 },
    { name: 'slow', durationMs: 100, answered: 0, cutRequests: 2, cutConnections: 3 },
  ])
  expect([quick.cuts, slow.cuts, clock.pending]).toEqual([[], ['slow'], 0])
})

test('runDrains() goes on after one that cannot be cut', async () => {
  const clock = createManualClock()
  const broken = toDrain('broken', () => Promise.reject(new Error('no such server')))
  broken.cut = () => {
    throw new Error('cannot')
  }
  const [report] = await runDrains([broken], { kind: 'request' }, 100, clock)
  expect(report).toMatchObject({ cutRequests: 0, cutConnections: 1 })
})

test('runDrains() cuts what rejects', async () => {
  const clock = createManualClock()
  const broken = toDrain('broken', () => Promise.reject(new Error('no such server')))
  const [report] = await runDrains([broken], { kind: 'request' }, 100, clock)
  expect(report).toMatchObject({ cutRequests: 2, cutConnections: 3 })
})
