import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { createRandom } from '@breakwater/testing/simulation'
import { expect, test } from 'vitest'
import { TimeoutError } from '../errors.ts'
import type { ResilienceEvent } from '../events.ts'
import type { Permit } from '../policy.ts'
import { type AdaptiveLimit, createAdaptiveLimit } from './adaptive-limit.ts'
import type { AdaptiveLimitOptions } from './options.ts'

function create(options: Partial<AdaptiveLimitOptions> = {}): { limit: AdaptiveLimit; clock: ManualClock } {
  const clock = createManualClock()
  return { limit: createAdaptiveLimit({ name: 'db', initialLimit: 2, ...options, clock }), clock }
}

function acquire(limit: AdaptiveLimit): Permit {
  const permit = limit.tryAcquire()
  if (!permit.admitted) throw permit.error
  return permit
}

/** Rounds in which as many calls as are let in start at once, take as long, and end together. */
function play(test: { limit: AdaptiveLimit; clock: ManualClock }, rounds: number, end: (permit: Permit) => void): void {
  for (let round = 0; round < rounds; round++) {
    const permits: Permit[] = []
    for (let next = test.limit.tryAcquire(); next.admitted; next = test.limit.tryAcquire()) permits.push(next)
    test.clock.advance(20)
    for (const permit of permits) end(permit)
  }
}

const succeed = (permit: Permit): void => permit.succeed()

function numberOf(limit: AdaptiveLimit, name: string, outcome?: string): unknown {
  return limit.measure().find((one) => one.name === name && one.labels?.outcome === outcome)?.value
}

test.each([
  [{ name: '' }, new TypeError('Expected `name` to be a string that is not empty, got ""')],
  [{ minLimit: 0 }, new RangeError('Expected `minLimit` to be a positive integer, got 0')],
  [{ initialLimit: 1.5 }, new RangeError('Expected `initialLimit` to be a positive integer, got 1.5')],
  [{ minLimit: 5, maxLimit: 4 }, new RangeError('Expected `maxLimit` to be at least `minLimit`, got 4 and 5')],
  [
    { initialLimit: 3, maxLimit: 2 },
    new RangeError('Expected `initialLimit` to be from `minLimit` to `maxLimit`, got 3, 1 and 2'),
  ],
  [{ isOverload: 1 }, new TypeError('Expected `isOverload` to be a function, got 1')],
])('createAdaptiveLimit() refuses %j', (options, error) => {
  expect(() => create(options as object)).toThrow(error)
})

test('createAdaptiveLimit() starts at 20, or the bound next to it', () => {
  expect(createAdaptiveLimit({ name: 'db' }).limit).toBe(20)
  expect(createAdaptiveLimit({ name: 'db', maxLimit: 8 }).limit).toBe(8)
  expect(createAdaptiveLimit({ name: 'db', minLimit: 2_000 }).limit).toBe(2_000)
})

test('execute() passes on what the function returns and throws', async () => {
  const { limit } = create()
  await expect(limit.execute(() => 5)).resolves.toBe(5)
  const error = new Error('no')
  await expect(limit.execute(() => Promise.reject(error))).rejects.toBe(error)
  expect(limit.underWay).toBe(0)
})

test('execute() rejects at once when as many as may be are under way, and runs nothing', async () => {
  const { limit } = create()
  const first = acquire(limit)
  acquire(limit)
  expect(limit.underWay).toBe(2)
  await expect(limit.execute(() => expect.unreachable())).rejects.toMatchObject({
    code: 'ERR_LIMIT_REACHED',
    policy: 'db',
    retryAfterMs: 0,
  })
  await expect(limit.tryExecute(() => expect.unreachable())).resolves.toMatchObject({ ok: false, refusal: {} })
  first.succeed()
  await expect(limit.execute(() => 'again')).resolves.toBe('again')
})

test('tryAcquire() says to come back in a round trip, once it knows one', () => {
  const { limit, clock } = create()
  play({ limit, clock }, 200, succeed)
  while (limit.tryAcquire().admitted);
  const refusal = limit.tryAcquire()
  expect(refusal.admitted).toBe(false)
  expect((refusal as { retryAfterMs: number }).retryAfterMs).toBeCloseTo(20)
})

test('a permit gives its place back once, whatever is told twice', () => {
  const { limit } = create()
  const permit = acquire(limit)
  permit.succeed()
  permit.fail(new Error('late'))
  permit.release()
  expect(limit.underWay).toBe(0)
  expect(numberOf(limit, 'adaptive_limit_calls_total', 'success')).toBe(1)
})

test('a call that its caller aborts gives its place back at once', async () => {
  const { limit } = create()
  const controller = new AbortController()
  const call = limit.execute(() => new Promise(() => {}), { signal: controller.signal })
  expect(limit.underWay).toBe(1)
  controller.abort(new Error('enough'))
  await expect(call).rejects.toThrow('enough')
  expect(limit.underWay).toBe(0)
  expect(numberOf(limit, 'adaptive_limit_calls_total', 'ignored')).toBe(1)
})

test('limit grows up to maxLimit while calls take no longer near it', () => {
  const { limit, clock } = create({ maxLimit: 40 })
  play({ limit, clock }, 2_000, (permit) => {
    permit.succeed()
    expect(limit.limit).toBeLessThanOrEqual(40)
  })
  expect(limit.limit).toBe(40)
})

test('limit does not change while few calls are under way, however long they take', () => {
  const { limit, clock } = create({ initialLimit: 20 })
  for (let call = 0; call < 5_000; call++) {
    const permit = acquire(limit)
    clock.advance(call % 1_000)
    permit.succeed()
  }
  expect(limit.limit).toBe(20)
})

test.each([
  ['timeouts', new TimeoutError('db', 50)],
  ['what `isOverload` says', Object.assign(new Error(), { status: 503 })],
])('limit falls down to minLimit for %s', (_, error) => {
  const { limit, clock } = create({
    initialLimit: 20,
    minLimit: 3,
    isOverload: (thrown) => thrown instanceof TimeoutError || (thrown as { status?: number }).status === 503,
  })
  play({ limit, clock }, 1_000, (permit) => {
    permit.fail(error)
    expect(limit.limit).toBeGreaterThanOrEqual(3)
  })
  expect(limit.limit).toBe(3)
  expect(numberOf(limit, 'adaptive_limit_calls_total', 'overload')).toBeGreaterThan(3_000)
})

test.each([
  ['other errors', (permit: Permit) => permit.fail(new Error('no such row'))],
  ['what is released', (permit: Permit) => permit.release()],
])('limit learns nothing from %s, however long they take', (_, end) => {
  const { limit, clock } = create({ initialLimit: 20 })
  play({ limit, clock }, 300, (permit) => {
    end(permit)
  })
  expect(limit.limit).toBe(20)
  expect(numberOf(limit, 'adaptive_limit_floor_seconds')).toBeUndefined()
  expect(numberOf(limit, 'adaptive_limit_calls_total', 'ignored')).toBe(6_000)
})

test('limit recovers from minLimit when calls take as long as before', () => {
  const { limit, clock } = create({ initialLimit: 20, maxLimit: 20 })
  play({ limit, clock }, 1_000, (permit) => {
    permit.fail(new TimeoutError('db', 50))
  })
  expect(limit.limit).toBe(1)
  play({ limit, clock }, 3_000, succeed)
  expect(limit.limit).toBe(20)
})

test('an `isOverload` that throws changes no outcome, and is told', async () => {
  const events: ResilienceEvent[] = []
  const { limit } = create({
    isOverload: () => {
      throw new Error('bad filter')
    },
  })
  limit.subscribe((event) => events.push(event))
  await expect(limit.execute(() => Promise.reject(new TimeoutError('db', 5)))).rejects.toThrow(TimeoutError)
  await expect(limit.execute(() => Promise.reject(new Error('own')))).rejects.toThrow('own')
  expect(events.map((event) => event.type)).toEqual(['filter:failed', 'filter:failed'])
  expect(numberOf(limit, 'adaptive_limit_calls_total', 'overload')).toBe(1)
  expect(numberOf(limit, 'adaptive_limit_calls_total', 'ignored')).toBe(1)
})

test('limit:reached is told for the first refusal after a quiet second', () => {
  const { limit, clock } = create()
  const events: ResilienceEvent[] = []
  limit.subscribe((event) => events.push(event))
  acquire(limit)
  acquire(limit)
  for (let refusals = 0; refusals < 100; refusals++) {
    limit.tryAcquire()
    clock.advance(50)
  }
  expect(events).toEqual([{ type: 'limit:reached', limit: 2 }])
  clock.advance(950)
  limit.tryAcquire()
  expect(events).toHaveLength(2)
  expect(numberOf(limit, 'adaptive_limit_refused_total')).toBe(101)
})

test('measure() tells the limit, what is under way and how long a call takes', () => {
  const { limit, clock } = create()
  expect(numberOf(limit, 'adaptive_limit_floor_seconds')).toBeUndefined()
  for (let call = 0; call < 100; call++) {
    const permit = acquire(limit)
    clock.advance(20)
    permit.succeed()
  }
  acquire(limit)
  expect(numberOf(limit, 'adaptive_limit')).toBe(2)
  expect(numberOf(limit, 'adaptive_limit_under_way')).toBe(1)
  expect(numberOf(limit, 'adaptive_limit_floor_seconds')).toBeCloseTo(0.02)
  expect(limit.kind).toBe('adaptive_limit')
})

test('a call that never ends takes a place, and does not keep it from learning', () => {
  const { limit, clock } = create({ initialLimit: 4, maxLimit: 10 })
  acquire(limit)
  play({ limit, clock }, 3_000, succeed)
  expect(limit.limit).toBe(10)
  expect(limit.underWay).toBe(1)
})

test('a lowered gate opens again when its time is over, though nobody was let in', () => {
  const { limit, clock } = create({ initialLimit: 20, maxLimit: 20 })
  const held: Permit[] = []
  // Until it lets in less than its limit, to measure the floor.
  for (let round = 0; round < 10_000; round++) {
    const permit = limit.tryAcquire()
    if (permit.admitted) held.push(permit)
    else if (held.length < limit.limit) break
    clock.advance(1)
    if (!permit.admitted || held.length === limit.limit) held.shift()?.succeed()
  }
  expect(held.length).toBeLessThan(20)
  expect(limit.tryAcquire().admitted).toBe(false)
  clock.advance(60_000)
  const next = limit.tryAcquire()
  expect(next.admitted).toBe(true)
})

test('clock steps and 100,000 random calls through three doors leave nothing under way', async () => {
  const random = createRandom(7)
  const { limit, clock } = create({ initialLimit: 10 })
  const open: (() => void)[] = []
  const pending: Promise<unknown>[] = []
  let most = 0
  for (let step = 0; step < 100_000; step++) {
    const door = Math.floor(random() * 6)
    if (door < 2) {
      const permit = limit.tryAcquire()
      if (permit.admitted) open.push(() => endAtRandom(permit, random()))
    } else if (door === 2) {
      const controller = new AbortController()
      let settle: (() => void) | undefined
      const run = (): Promise<void> => new Promise((resolve) => (settle = resolve))
      pending.push(
        (random() < 0.5 ? limit.execute(run, controller) : limit.tryExecute(run, controller)).catch(() => {}),
      )
      if (settle !== undefined) open.push(random() < 0.5 ? settle : () => controller.abort())
    } else if (open.length > 0) open.splice(Math.floor(random() * open.length), 1)[0]?.()
    if (random() < 0.2) clock.advance(random() < 0.001 ? 20_000 : random() * 10)
    if (step % 50 === 0) await Promise.resolve()
    most = Math.max(most, limit.underWay)
    expect(limit.underWay).toBeGreaterThanOrEqual(0)
  }
  for (const end of open) end()
  await Promise.all(pending)
  expect(limit.underWay).toBe(0)
  expect(most).toBeGreaterThan(5)
})

function endAtRandom(permit: Permit, random: number): void {
  if (random < 0.6) permit.succeed()
  else if (random < 0.7) permit.fail(new TimeoutError('db', 5))
  else if (random < 0.8) permit.fail(new Error('other'))
  else permit.release()
  if (random > 0.9) permit.succeed()
}
