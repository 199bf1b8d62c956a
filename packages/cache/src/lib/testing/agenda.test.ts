import { expect, test } from 'vitest'
import { Agenda, doAll } from './agenda.ts'
import { Dice } from './dice.ts'

test('runNext() goes by time, then by what was planned first', () => {
  const agenda = new Agenda()
  const dice = new Dice(1)
  const ran: { readonly dueMs: number; readonly order: number }[] = []
  for (let order = 0; order < 500; order++) {
    const dueMs = dice.between(0, 50)
    const appointment = agenda.at(dueMs, () => ran.push({ dueMs: agenda.nowMs, order }))
    if (dice.chance(0.2)) appointment.cancel()
  }
  const planned = agenda.size
  while (agenda.runNext());
  expect(ran.length).toBe(planned)
  expect(ran).toEqual([...ran].sort((one, other) => one.dueMs - other.dueMs || one.order - other.order))
  expect(agenda.size).toBe(0)
})

test('runNext() does not go past a time, and moves on to it', () => {
  const agenda = new Agenda()
  agenda.at(10, () => {})
  expect(agenda.runNext(9)).toBe(false)
  expect(agenda.nowMs).toBe(9)
  expect(agenda.runNext(10)).toBe(true)
  expect(agenda.nowMs).toBe(10)
})

test('doAll() does the next thing when chains of promises, ticks and immediates have ended', async () => {
  const log: string[] = []
  const chain = async (name: string): Promise<void> => {
    for (let link = 0; link < 1_000; link++) await null
    await new Promise<void>((resolve) => process.nextTick(resolve))
    await null
    log.push(name)
  }
  const things: (() => 'tick' | 'turn')[] = [
    () => {
      void chain('one')
      return 'tick'
    },
    () => {
      setImmediate(() => void chain('two'))
      return 'turn'
    },
    () => {
      log.push('three')
      return 'tick'
    },
  ]
  await doAll(() => things.shift()?.() ?? 'end')
  expect(log).toEqual(['one', 'two', 'three'])
})

test('doAll() rejects if something throws', async () => {
  await expect(
    doAll(() => {
      throw new Error('broken')
    }),
  ).rejects.toThrow('broken')
})
