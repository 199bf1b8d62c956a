import { expect, test } from 'vitest'
import { LoopGate } from './loop-gate.ts'

const EVERY_MS = 20

/** A loop that is moved by hand, and what watches it. */
function create() {
  const state = { nowMs: 5_000, idleMs: 0, turns: 0, connections: 0 }
  const gate = new LoopGate(
    { idleMs: () => state.idleMs, turns: () => state.turns, connections: () => state.connections },
    state.nowMs,
  )
  return {
    gate,
    state,
    /** Lets time pass, of which the loop works a share, in turns of 1 ms, and requests come and are let in. */
    run(forMs: number, busyRatio: number, perSecond = 0, admittedPerSecond = perSecond): void {
      for (let passedMs = 0; passedMs < forMs; passedMs += EVERY_MS) {
        state.nowMs += EVERY_MS
        state.idleMs += EVERY_MS * (1 - busyRatio)
        state.turns += EVERY_MS
        gate.look(state.nowMs, (perSecond * EVERY_MS) / 1_000, (admittedPerSecond * EVERY_MS) / 1_000)
      }
    },
    /** Begins a turn with requests that are let in. */
    turn(requests = 100): void {
      state.turns++
      gate.isLate(state.nowMs, 1)
      for (let index = 0; index < requests; index++) gate.admit()
    },
    /** Whether a request is late that comes so long after a turn began. */
    isLateAfter(ms: number, patience = 1): boolean {
      this.turn()
      return gate.isLate(state.nowMs + ms, patience)
    },
    /** The longest that a request may wait, in milliseconds. */
    longest(patience = 1): number {
      let ms = 0
      while (ms < 10_000 && !this.isLateAfter(ms, patience)) ms++
      return ms
    },
  }
}

test('demandRatio is how busy the loop is while all are let in', () => {
  for (const busyRatio of [0, 0.25, 0.7, 1]) {
    const { gate, run } = create()
    run(5_000, busyRatio, 200)
    expect(gate.demandRatio).toBeCloseTo(busyRatio)
  }
})

test('costMs is what the loop works for each that is let in', () => {
  const { gate, run } = create()
  run(5_000, 0.5, 100)
  expect(gate.costMs).toBeCloseTo(5)
})

test('demandRatio does not fall because of refusing', () => {
  const { gate, run } = create()
  run(5_000, 1, 1_000, 250)
  expect(gate.demandRatio).toBeCloseTo(4)
})

test('demandRatio falls where it is refused though there was time', () => {
  const { gate, run } = create()
  run(5_000, 0.25, 400, 200)
  expect(gate.demandRatio).toBeCloseTo(0.5)
})

test('demandRatio stays finite where nobody is let in', () => {
  const { gate, run } = create()
  run(5_000, 1, 1_000, 0)
  expect(Number.isFinite(gate.demandRatio)).toBe(true)
  expect(gate.costMs).toBe(0)
})

test('demandRatio says little in the first moments', () => {
  const { gate, run } = create()
  run(EVERY_MS, 1, 1_000)
  expect(gate.demandRatio).toBeLessThan(0.5)
})

test('demandRatio follows within a second or two, and ends with the load', () => {
  const { gate, run } = create()
  run(3_000, 0.1, 20)
  run(1_500, 1, 600, 200)
  expect(gate.demandRatio).toBeGreaterThan(2)
  run(2_000, 0)
  expect(gate.demandRatio).toBeLessThan(0.05)
})

test('demandRatio is between nothing and one where idle times are wrong', () => {
  for (const step of [-50, 500]) {
    const { gate, state, run } = create()
    run(2_000, 0.5, 100)
    state.idleMs += step
    run(EVERY_MS, 0.5, 100)
    expect(gate.demandRatio).toBeGreaterThanOrEqual(0)
    expect(gate.demandRatio).toBeLessThanOrEqual(1)
  }
})

test('isStrict is off while the loop can do what is wanted', () => {
  const { gate, run } = create()
  run(5_000, 0.7, 140)
  expect([gate.isFull, gate.isStrict]).toEqual([false, false])
})

test('isStrict is on once more is wanted than it can do', () => {
  const { gate, run } = create()
  run(5_000, 1, 400, 200)
  expect([gate.isFull, gate.isStrict]).toEqual([true, true])
})

test('isStrict is on in a turn that does not end, whatever is known', () => {
  const { gate, state } = create()
  state.nowMs += 5_000
  state.idleMs += 5_000
  gate.look(state.nowMs, 1, 1)
  expect(gate.isStrict).toBe(false)
  state.nowMs += 5_000
  state.idleMs += 5_000
  gate.look(state.nowMs, 1, 1)
  expect([gate.isFull, gate.isStrict]).toEqual([false, true])
})

test('isLate() lets everybody in at the begin of a turn', () => {
  const loop = create()
  loop.run(5_000, 1, 4_000, 200)
  expect(loop.isLateAfter(0)).toBe(false)
  expect(loop.isLateAfter(1_000)).toBe(true)
})

test('isLate() is stricter the more is wanted', () => {
  const [enough, more, much] = [create(), create(), create()]
  enough.run(5_000, 1, 200)
  more.run(5_000, 1, 250, 200)
  much.run(5_000, 1, 2_000, 200)
  expect(enough.longest()).toBeGreaterThan(more.longest())
  expect(more.longest()).toBeGreaterThan(much.longest())
})

test('isLate() lets at least one more request wait, however long each takes', () => {
  for (const costMs of [1, 5, 50]) {
    const loop = create()
    loop.run(20_000, 1, 10_000 / costMs, 1_000 / costMs)
    expect(loop.gate.costMs).toBeCloseTo(costMs, 0)
    expect(loop.longest()).toBeGreaterThanOrEqual(costMs)
    expect(loop.longest()).toBeLessThanOrEqual(Math.max(4 * costMs, 10))
  }
})

test('isLate() has patience with some', () => {
  const loop = create()
  loop.run(5_000, 1, 2_000, 200)
  expect(loop.longest(1.25)).toBeGreaterThan(loop.longest(1))
  expect(loop.longest(1)).toBeGreaterThan(loop.longest(0.7))
})

test('isLate() counts from the first that comes in a turn', () => {
  const { gate, state, run, turn } = create()
  run(5_000, 1, 2_000, 200)
  state.nowMs += 10_000
  turn()
  expect(gate.isLate(state.nowMs, 1)).toBe(false)
  expect(gate.isLate(state.nowMs + 10_000, 1)).toBe(true)
  state.turns++
  expect(gate.isLate(state.nowMs + 10_000, 1)).toBe(false)
})

test('isLate() does not blame requests for a turn that is long without them', () => {
  for (const perSecond of [200, 2_000]) {
    const { gate, state, run, turn } = create()
    run(5_000, 1, perSecond, 200)
    turn(0)
    expect(gate.isLate(state.nowMs + 10_000, 1)).toBe(false)
  }
})

test('refuse() learns what refusals cost, which is not the cost of those that are let in', () => {
  const [cheap, dear] = [create(), create()]
  for (const [{ gate, state }, refusalMs] of [
    [cheap, 0.001],
    [dear, 0.5],
  ] as const) {
    for (let looks = 0; looks < 500; looks++) {
      state.turns++
      gate.isLate(state.nowMs, 1)
      gate.admit()
      for (let refusals = 0; refusals < 20; refusals++) gate.refuse(state.nowMs + refusals * refusalMs)
      state.nowMs += EVERY_MS
      gate.look(state.nowMs, 24, 4)
    }
  }
  expect(cheap.gate.costMs).toBeCloseTo(5, 0)
  expect(dear.gate.costMs).toBeCloseTo(2.5, 0)
})

test('refuse() does not take one that was held up for what all of them cost', () => {
  const { gate, state } = create()
  /** In 20 ms: 7 are let in, and 100 refused in 5 ms, before the last of which the process stood still. */
  const turn = (stoodStillMs: number): void => {
    state.turns++
    gate.isLate(state.nowMs, 1)
    for (let admitted = 0; admitted < 7; admitted++) gate.admit()
    for (let refusals = 0; refusals < 100; refusals++) gate.refuse(state.nowMs + refusals * 0.05)
    gate.refuse(state.nowMs + 5 + stoodStillMs)
    state.nowMs += EVERY_MS + stoodStillMs
    gate.look(state.nowMs, 108, 7)
  }
  for (let turns = 0; turns < 100; turns++) turn(0)
  const { costMs, demandRatio, budgetMs } = gate
  for (let pauses = 0; pauses < 3; pauses++) {
    turn(4)
    expect(gate.costMs / costMs).toBeGreaterThan(0.9)
    expect(gate.demandRatio / demandRatio).toBeGreaterThan(0.9)
    expect(gate.budgetMs / budgetMs).toBeLessThan(1.2)
  }
})

test('refuse() follows when refusals have become dearer, or were dear at first', () => {
  const { gate, state } = create()
  const run = (refusalMs: number): void => {
    for (let looks = 0; looks < 100; looks++) {
      state.turns++
      for (let refusals = 0; refusals < 20; refusals++) gate.refuse(state.nowMs + refusals * refusalMs)
      state.nowMs += EVERY_MS
      gate.look(state.nowMs, 24, 4)
    }
  }
  for (const [refusalMs, costMs] of [
    [0.5, 2.5],
    [0.01, 5],
    [0.5, 2.5],
  ] as const) {
    run(refusalMs)
    expect(gate.costMs).toBeCloseTo(costMs, 0)
  }
})

test('refuse() takes nothing for its cost that others did meanwhile', () => {
  const { gate, state } = create()
  for (let looks = 0; looks < 500; looks++) {
    for (let refusals = 0; refusals < 5; refusals++) {
      gate.refuse(state.nowMs)
      gate.admit()
      state.nowMs += 4
      state.turns++
    }
    gate.look(state.nowMs, 10, 5)
  }
  expect(gate.costMs).toBeCloseTo(4, 0)
})

test('look() twice at one time, and after a long one, leaves numbers that are numbers', () => {
  const { gate, state } = create()
  for (const ms of [0, 0, 1e9, 0, 1e12, 1e-9]) {
    state.nowMs += ms
    gate.look(state.nowMs, 1, 1)
    const numbers = [gate.demandRatio, gate.costMs, gate.budgetMs]
    expect(numbers.filter((value) => Number.isFinite(value) && value >= 0)).toEqual(numbers)
  }
})

/** The loop does all it can, and each turn accepts so many connections. */
function accept(perTurn: number, busyRatio = 1): number {
  const loop = create()
  const { gate, run, state } = loop
  for (let looks = 0; looks < 50; looks++) {
    state.connections += perTurn * EVERY_MS
    run(EVERY_MS, busyRatio, 200)
  }
  return gate.isStrict ? loop.longest() : Infinity
}

test('isLate() is as strict as can be while every turn accepts a connection, as others are waiting', () => {
  expect(accept(1)).toBeLessThan(accept(0) / 5)
})

test('isLate() takes no notice of connections that come now and then, nor of any while the loop has time', () => {
  expect(accept(0.5)).toBe(accept(0))
  expect(accept(1, 0.7)).toBe(Infinity)
})

test('isLate() sees connections that wait also where a turn takes long', () => {
  const { gate, state } = create()
  for (let looks = 0; looks < 300; looks++) {
    state.nowMs += EVERY_MS
    // A turn of 100 ms.
    if (looks % 5 === 0) {
      state.turns++
      state.connections++
    }
    gate.look(state.nowMs, 10, 10)
  }
  state.turns++
  gate.isLate(state.nowMs, 1)
  for (let index = 0; index < 10; index++) gate.admit()
  expect(gate.isLate(state.nowMs + 50, 1)).toBe(true)
})
