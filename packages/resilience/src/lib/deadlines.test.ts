import { AsyncLocalStorage } from 'node:async_hooks'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { Deadline, Deadlines } from './deadlines.ts'

class Entry extends Deadline {
  readonly #onExpiry: () => void

  constructor(onExpiry: () => void = () => {}) {
    super()
    this.#onExpiry = onExpiry
  }

  expire(): void {
    this.#onExpiry()
  }
}

function create(limitMs: number): {
  clock: ManualClock
  list: Deadlines<Entry>
  add: (onExpiry?: () => void) => Entry
} {
  const clock = createManualClock()
  const list = new Deadlines<Entry>(clock, limitMs)
  const add = (onExpiry?: () => void): Entry => {
    const entry = new Entry(onExpiry)
    list.add(entry, clock.now())
    return entry
  }
  return { clock, list, add }
}

test('Deadlines expires each at its own time, in order', () => {
  const { clock, list, add } = create(100)
  const start = clock.now()
  const expired: string[] = []
  add(() => expired.push(`a ${clock.now() - start}`))
  clock.advance(30)
  add(() => expired.push(`b ${clock.now() - start}`))
  add(() => expired.push(`c ${clock.now() - start}`))
  clock.advance(69)
  expect(expired).toEqual([])
  clock.advance(1_000)
  expect(expired).toEqual(['a 100', 'b 130', 'c 130'])
  expect(list.size).toBe(0)
})

test('Deadlines needs one timer for any number of entries, and none one limit after the last left', () => {
  const { clock, list, add } = create(100)
  for (let round = 0; round < 50; round++) {
    const entries = Array.from({ length: 100 }, () => add())
    expect(clock.pending).toBe(1)
    for (const entry of entries) list.remove(entry)
    clock.advance(7)
  }
  expect(list.size).toBe(0)
  clock.advance(100)
  expect(clock.pending).toBe(0)
})

test('Deadlines starts its timer about once in each limit', () => {
  const { clock, list, add } = create(100)
  let started = 0
  const { after } = clock
  clock.after = (delayMs, run) => {
    started++
    return after(delayMs, run)
  }
  for (let call = 0; call < 10_000; call++) {
    const entry = add()
    clock.advance(1)
    list.remove(entry)
  }
  expect(started).toBeGreaterThan(95)
  expect(started).toBeLessThan(105)
})

test('Deadlines has no timer without a limit', () => {
  const { clock, list, add } = create(Infinity)
  add()
  expect([clock.pending, list.size]).toEqual([0, 1])
})

test('remove() takes out the first, the last and one between, each only once', () => {
  const { clock, list, add } = create(100)
  const expired: string[] = []
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => add(() => expired.push(name))) as [Entry, Entry, Entry, Entry]
  for (const entry of [a, c, a, c]) list.remove(entry)
  expect([list.size, list.first]).toEqual([2, b])
  expect([a.next, a.previous, c.next, c.previous]).toEqual([undefined, undefined, undefined, undefined])
  list.remove(d)
  add(() => expired.push('e'))
  clock.advance(100)
  expect(expired).toEqual(['b', 'e'])
  list.remove(b)
  expect([list.size, list.first]).toEqual([0, undefined])
})

test('Deadlines copes with entries that make others leave or come while they expire', () => {
  const { clock, list, add } = create(100)
  const expired: string[] = []
  add(() => {
    expired.push('a')
    list.remove(b)
    add(() => expired.push('d'))
  })
  const b = add(() => expired.push('b'))
  add(() => expired.push('c'))
  clock.advance(100)
  expect(expired).toEqual(['a', 'c'])
  expect([list.size, clock.pending]).toEqual([1, 1])
  clock.advance(99)
  expect(expired).toEqual(['a', 'c'])
  clock.advance(1)
  expect(expired).toEqual(['a', 'c', 'd'])
  expect(clock.pending).toBe(0)
})

test.each([0.1, 2 ** 31 + 5, 1e-9])('Deadlines is never early and always ends with a limit of %d ms', (limitMs) => {
  const { clock, add } = create(limitMs)
  const dueMs = clock.now() + limitMs
  let expiredMs = 0
  add(() => {
    expiredMs = clock.now()
  })
  clock.advance(limitMs / 2)
  expect(expiredMs).toBe(0)
  clock.advance(limitMs)
  expect(expiredMs).toBeGreaterThanOrEqual(dueMs)
})

test('Deadlines trusts its timer where the clock does not move', () => {
  const { clock, list, add } = create(100)
  let fire = (): void => {}
  clock.after = (_, run) => {
    fire = run
    return () => {}
  }
  add()
  clock.advance(50)
  add()
  fire()
  expect(list.size).toBe(1)
  fire()
  expect(list.size).toBe(0)
})

test('Deadlines starts its timer outside of the async context of who comes', () => {
  const { clock, add } = create(100)
  const storage = new AsyncLocalStorage<string>()
  const seen: unknown[] = []
  const { after } = clock
  clock.after = (delayMs, run) => {
    seen.push(storage.getStore())
    return after(delayMs, run)
  }
  storage.run('a', () => add())
  clock.advance(50)
  storage.run('b', () => add())
  clock.advance(50)
  expect(seen).toEqual([undefined, undefined])
})
