import type { Policy } from '@breakwater/core'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { Deadlines } from '../deadlines.ts'
import { Link } from './link.ts'
import type { TierConnection } from './tier.ts'

const LIMIT_MS = 100

function open(policy?: Policy): { link: Link; clock: ManualClock } {
  const clock = createManualClock()
  const tier = { isReady: true } as TierConnection
  return { clock, link: new Link(tier, new Deadlines(clock), { clock, policy, tierTimeoutMs: LIMIT_MS }) }
}

/** A call whose answer comes when the test says so, and what its caller heard. */
function start(link: Link): { answer(result: string): void; heard: unknown[] } {
  const { promise, resolve } = Promise.withResolvers<string>()
  const heard: unknown[] = []
  link.send({
    send: () => promise,
    onAnswer: (result) => heard.push(result),
    onFailure: (error) => heard.push((error as Error).name),
    onLate: (result) => heard.push(`late ${result}`),
  })
  return { answer: resolve, heard }
}

test('send() tells an answer, or that there is none, and then a late one', async () => {
  const { link, clock } = open()
  const [one, other] = [start(link), start(link)]
  one.answer('first')
  await clock.advanceAsync(LIMIT_MS)
  other.answer('second')
  await clock.advanceAsync(0)
  expect([one.heard, other.heard]).toEqual([['first'], ['TierUnavailableError', 'late second']])
  expect(link.failures).toBe(1)
})

test('send() tells at once that it is refused', async () => {
  const { link, clock } = open()
  start(link)
  await clock.advanceAsync(LIMIT_MS)
  expect(start(link).heard).toEqual(['TierUnavailableError'])
  expect(link.refusals).toBe(1)
})

test('send() tells an answer that comes after the policy has given up', async () => {
  const { promise, reject } = Promise.withResolvers<never>()
  const impatient: Policy = { execute: (run) => Promise.race([promise, run({ signal: new AbortController().signal })]) }
  const { link, clock } = open(impatient)
  const { answer, heard } = start(link)
  reject(new TypeError('enough'))
  await clock.advanceAsync(10)
  answer('granted')
  await clock.advanceAsync(0)
  expect(heard).toEqual(['TypeError', 'late granted'])
})

test('send() tells what a call throws at once as its failure', () => {
  const { link } = open()
  const heard: unknown[] = []
  const onFailure = (error: unknown): unknown => heard.push((error as Error).message)
  const send = (): never => {
    throw new Error('no')
  }
  link.send({ send, onFailure, onAnswer: () => {} })
  expect(heard).toEqual(['no'])
})

test('idle() waits for every call, but not longer than its limit', async () => {
  const { link, clock } = open()
  await link.idle()
  const { answer } = start(link)
  start(link)
  let isIdle = false
  const waiting = link.idle().then(() => {
    isIdle = true
  })
  answer('first')
  await clock.advanceAsync(LIMIT_MS - 1)
  expect(isIdle).toBe(false)
  await clock.advanceAsync(1)
  await waiting
  expect(isIdle).toBe(true)
})
