import { AsyncLocalStorage } from 'node:async_hooks'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, test, vi } from 'vitest'
import { createCircuitBreaker } from '../circuit-breaker/circuit-breaker.ts'
import { BulkheadFullError, isBulkheadFullError } from '../errors.ts'
import { pipeline } from '../pipeline/pipeline.ts'
import type { Permit } from '../policy.ts'
import { createTimeout } from '../timeout/timeout.ts'
import { type Bulkhead, createBulkhead } from './bulkhead.ts'
import type { BulkheadOptions } from './options.ts'

const hang = (): Promise<never> => new Promise(() => {})

function create(options: Partial<BulkheadOptions> = {}): { clock: ManualClock; bulkhead: Bulkhead } {
  const clock = createManualClock()
  return { clock, bulkhead: createBulkhead({ name: 'db', maxConcurrent: 1, clock, ...options }) }
}

/** Calls whose functions end when the test says so. */
class Calls {
  readonly started: string[] = []
  readonly settled: string[] = []
  readonly #bulkhead: Bulkhead
  readonly #ends = new Map<string, (value: unknown) => void>()

  constructor(bulkhead: Bulkhead) {
    this.#bulkhead = bulkhead
  }

  start(name: string, signal?: AbortSignal): void {
    this.#bulkhead
      .execute(
        () => {
          this.started.push(name)
          return new Promise((resolve) => this.#ends.set(name, resolve))
        },
        { signal },
      )
      .then(
        () => this.settled.push(`${name} ended`),
        (error) => this.settled.push(`${name} ${isBulkheadFullError(error) ? 'refused' : error}`),
      )
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)?.(undefined)
    await turn()
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function counts(bulkhead: Bulkhead): Record<string, unknown> {
  return Object.fromEntries(
    bulkhead
      .measure()
      .map(({ name, labels, value }) => [[name.slice(9), ...Object.values(labels ?? {})].join(' '), value]),
  )
}

test('execute() hands on what the function returned or threw', async () => {
  const { bulkhead } = create()
  const error = new Error('down')
  await expect(bulkhead.execute(() => 'up')).resolves.toBe('up')
  await expect(bulkhead.execute(() => Promise.reject(error))).rejects.toBe(error)
  expect(bulkhead.underWay).toBe(0)
})

test('execute() refuses at once when all places are taken and nobody may wait', async () => {
  const { bulkhead } = create({ maxConcurrent: 2 })
  const calls = new Calls(bulkhead)
  calls.start('a')
  calls.start('b')
  const error = await bulkhead.execute(() => 'never').catch((caught) => caught)
  expect(error).toBeInstanceOf(BulkheadFullError)
  expect(error).toMatchObject({
    policy: 'db',
    retryAfterMs: 0,
    message: 'Cannot call "db" as too many calls are under way: try again later',
  })
  await calls.end('a')
  calls.start('c')
  expect(calls.started).toEqual(['a', 'b', 'c'])
})

test('execute() lets calls wait, and refuses at once when the queue is full', async () => {
  const { bulkhead } = create({ maxQueued: 2 })
  const calls = new Calls(bulkhead)
  for (const name of ['a', 'b', 'c', 'd']) calls.start(name)
  await turn()
  expect([calls.started, calls.settled]).toEqual([['a'], ['d refused']])
  expect([bulkhead.underWay, bulkhead.queued]).toEqual([1, 2])
})

test('execute() lets in who came first, one for each place that is free', async () => {
  const { bulkhead } = create({ maxConcurrent: 2, maxQueued: 9 })
  const calls = new Calls(bulkhead)
  for (const name of ['a', 'b', 'c', 'd', 'e']) calls.start(name)
  expect(calls.started).toEqual(['a', 'b'])
  await calls.end('b')
  expect(calls.started).toEqual(['a', 'b', 'c'])
  await calls.end('a')
  await calls.end('c')
  expect(calls.started).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect([bulkhead.underWay, bulkhead.queued]).toEqual([2, 0])
})

test('execute() never lets a newcomer overtake the queue, nor push somebody out of it', async () => {
  const { bulkhead } = create({ maxQueued: 1 })
  const calls = new Calls(bulkhead)
  calls.start('a')
  calls.start('queued')
  // Comes in the very moment in which the place gets free, before and after.
  const ended = calls.end('a')
  calls.start('newcomer')
  await ended
  for (let round = 0; round < 5; round++) calls.start('later')
  await turn()
  expect(calls.started).toEqual(['a', 'queued'])
  expect(calls.settled.filter((what) => what.startsWith('queued'))).toEqual([])
  await calls.end('queued')
  expect(calls.settled).toContain('queued ended')
})

test('execute() does not let a call overtake the queue that is made while the queue moves up', async () => {
  const { bulkhead } = create({ maxConcurrent: 3, maxQueued: 9 })
  const started: string[] = []
  const permits = [1, 2, 3].map(() => bulkhead.tryAcquire() as Permit)
  const note = (name: string, then?: () => void): void => {
    bulkhead
      .execute(() => {
        started.push(name)
        then?.()
        return hang()
      })
      .catch(() => {})
  }
  note('a', () => {
    // All places get free at once, while the queue is being looked after.
    for (const permit of permits) permit.release()
    note('newcomer')
    expect(bulkhead.tryAcquire().admitted).toBe(false)
  })
  note('b')
  permits.pop()?.release()
  expect(started).toEqual(['a', 'b', 'newcomer'])
})

test('execute() rejects with the reason of an abort in the queue at once, and the place in the queue is free', async () => {
  const { bulkhead } = create({ maxQueued: 1 })
  const calls = new Calls(bulkhead)
  const caller = new AbortController()
  calls.start('a')
  calls.start('b', caller.signal)
  caller.abort('enough')
  expect(bulkhead.queued).toBe(0)
  calls.start('c')
  await turn()
  expect(calls.settled).toEqual(['b enough'])
  await calls.end('a')
  expect(calls.started).toEqual(['a', 'c'])
})

test('execute() frees the place of a call whose caller aborts', async () => {
  const { bulkhead } = create({ maxQueued: 1 })
  const calls = new Calls(bulkhead)
  const caller = new AbortController()
  calls.start('a', caller.signal)
  calls.start('b')
  caller.abort('enough')
  expect(calls.started).toEqual(['a', 'b'])
  await calls.end('a')
  expect([bulkhead.underWay, calls.settled]).toEqual([1, ['a enough']])
})

test('execute() refuses who waited too long, in order and not too early', async () => {
  const { clock, bulkhead } = create({ maxQueued: 9, maxWaitMs: 100 })
  const calls = new Calls(bulkhead)
  calls.start('a')
  calls.start('b')
  await clock.advanceAsync(60)
  calls.start('c')
  await clock.advanceAsync(39)
  expect(calls.settled).toEqual([])
  await clock.advanceAsync(1)
  expect([calls.settled, bulkhead.queued]).toEqual([['b refused'], 1])
  await calls.end('a')
  await clock.advanceAsync(1_000)
  expect([calls.started, calls.settled]).toEqual([
    ['a', 'c'],
    ['b refused', 'a ended'],
  ])
})

test('createBulkhead() has no timer while nobody waits, and one for all who do', async () => {
  const { clock, bulkhead } = create({ maxQueued: 1_000, maxWaitMs: 100 })
  const calls = new Calls(bulkhead)
  calls.start('a')
  expect(clock.pending).toBe(0)
  for (let call = 0; call < 1_000; call++) calls.start('b')
  expect(clock.pending).toBe(1)
  await clock.advanceAsync(100)
  expect([clock.pending, bulkhead.queued, bulkhead.underWay]).toEqual([0, 0, 1])
})

test('createBulkhead() needs no timer without maxWaitMs', () => {
  const { clock, bulkhead } = create({ maxQueued: 1 })
  const calls = new Calls(bulkhead)
  calls.start('a')
  calls.start('b')
  expect([clock.pending, bulkhead.queued]).toEqual([0, 1])
})

test('execute() copes with 100,000 queued calls that all end at once', async () => {
  const { bulkhead } = create({ maxQueued: 100_000 })
  const breaker = createCircuitBreaker({ name: 'db' })
  const policies = pipeline(bulkhead, breaker)
  const permit = bulkhead.tryAcquire() as Permit
  const run = vi.fn()
  const calls = Array.from({ length: 100_000 }, () => policies.tryExecute(run))
  breaker.force('forced-open')
  permit.release()
  expect([bulkhead.underWay, bulkhead.queued]).toEqual([0, 0])
  const outcomes = await Promise.all(calls)
  expect(outcomes.every((outcome) => !outcome.ok && outcome.refusal !== undefined)).toBe(true)
  expect(run).not.toHaveBeenCalled()
})

test('execute() costs the same in the middle of a long queue', async () => {
  const { bulkhead } = create({ maxQueued: 50_000 })
  const permit = bulkhead.tryAcquire() as Permit
  const callers = Array.from({ length: 50_000 }, () => new AbortController())
  const run = vi.fn()
  const calls = callers.map(({ signal }) => bulkhead.tryExecute(run, { signal }))
  // From the middle: a search for each would take minutes.
  for (let index = 0; index < 50_000; index++) callers[(index + 25_000) % 50_000]?.abort('enough')
  expect(bulkhead.queued).toBe(0)
  permit.release()
  await Promise.all(calls)
  expect(run).not.toHaveBeenCalled()
})

test('execute() lets calls of its own calls in while there are places, and lets them wait or refuses them else', async () => {
  const { clock, bulkhead } = create({ maxConcurrent: 2, maxQueued: 1, maxWaitMs: 100 })
  const nest = (depth: number): Promise<number> =>
    bulkhead.execute(() => (depth === 0 ? 0 : nest(depth - 1).then((inner) => inner + 1)))
  await expect(nest(1)).resolves.toBe(1)
  const tooDeep = nest(2).catch((error) => error)
  await clock.advanceAsync(100) // a standstill, ended by maxWaitMs
  expect(isBulkheadFullError(await tooDeep)).toBe(true)
  expect([bulkhead.underWay, bulkhead.queued]).toEqual([0, 0])
  const withoutQueue = create({ maxConcurrent: 1 }).bulkhead
  await expect(withoutQueue.execute(() => withoutQueue.execute(() => 1))).rejects.toThrow(BulkheadFullError)
})

test('execute() runs a queued function in the async context of its caller', async () => {
  const { clock, bulkhead } = create({ maxQueued: 9, maxWaitMs: 100 })
  const storage = new AsyncLocalStorage<string>()
  const seen: unknown[] = []
  const call = (name: string): Promise<unknown> =>
    storage.run(name, () =>
      bulkhead.execute(async () => {
        seen.push(storage.getStore())
        await clock.sleep(10)
        seen.push(storage.getStore())
      }),
    )
  const calls = ['a', 'b', 'c'].map(call)
  await clock.advanceAsync(30)
  await Promise.all(calls)
  expect(seen).toEqual(['a', 'a', 'b', 'b', 'c', 'c'])
})

test('execute() gives the place back when a timeout further in ends the call', async () => {
  const { clock, bulkhead } = create()
  const timeout = createTimeout({ name: 'db', limitMs: 100, clock })
  const policies = pipeline(bulkhead, timeout)
  const call = policies.execute(hang).catch((error) => error.code)
  await clock.advanceAsync(100)
  expect(bulkhead.underWay).toBe(0)
  await expect(call).resolves.toBe('ERR_TIMEOUT')
})

test('execute() keeps two bulkheads in one pipeline apart', async () => {
  const outer = createBulkhead({ name: 'outer', maxConcurrent: 2, maxQueued: 2 })
  const inner = createBulkhead({ name: 'inner', maxConcurrent: 1, maxQueued: 1 })
  const policies = pipeline(outer, inner)
  const caller = new AbortController()
  const first = Promise.withResolvers<string>()
  const a = policies.execute(() => first.promise)
  const b = policies.execute(() => 'b', { signal: caller.signal }).catch((error) => error)
  const c = policies.execute(() => 'c')
  expect([outer, inner].map(({ underWay, queued }) => [underWay, queued])).toEqual([
    [2, 1],
    [1, 1],
  ])
  caller.abort('enough')
  expect([outer, inner].map(({ underWay, queued }) => [underWay, queued])).toEqual([
    [2, 0],
    [1, 1],
  ])
  first.resolve('a')
  await expect(Promise.all([a, b, c])).resolves.toEqual(['a', 'enough', 'c'])
  expect([outer, inner].map(({ underWay, queued }) => [underWay, queued])).toEqual([
    [0, 0],
    [0, 0],
  ])
})

test('tryAcquire() never waits, and is refused while others do', async () => {
  const { bulkhead } = create({ maxQueued: 9 })
  const permit = bulkhead.tryAcquire() as Permit
  expect(permit.admitted).toBe(true)
  const refusal = bulkhead.tryAcquire()
  expect(refusal).toMatchObject({ admitted: false, retryAfterMs: 0, error: { code: 'ERR_BULKHEAD_FULL' } })
  expect(bulkhead.queued).toBe(0)
  const calls = new Calls(bulkhead)
  calls.start('a')
  permit.succeed()
  permit.fail(new Error('too late'))
  expect([calls.started, bulkhead.underWay]).toEqual([['a'], 1])
  expect(bulkhead.tryAcquire().admitted).toBe(false)
  await calls.end('a')
  expect(bulkhead.tryAcquire().admitted).toBe(true)
})

test('measure() counts every call once', async () => {
  const { clock, bulkhead } = create({ maxQueued: 3, maxWaitMs: 1_000 })
  const calls = new Calls(bulkhead)
  const caller = new AbortController()
  calls.start('a')
  calls.start('b')
  calls.start('c', caller.signal)
  calls.start('d')
  calls.start('refused')
  await clock.advanceAsync(250)
  caller.abort('enough')
  await calls.end('a')
  await clock.advanceAsync(750) // d waited too long
  await calls.end('b')
  await expect(bulkhead.execute(() => Promise.reject(new Error('down')))).rejects.toThrow('down')
  const permit = bulkhead.tryAcquire() as Permit
  permit.release()
  calls.start('e')
  calls.start('f')
  expect(counts(bulkhead)).toEqual({
    'calls_total success': 2,
    'calls_total failure': 1,
    'calls_total abandoned': 1,
    'refused_total full': 1,
    'refused_total waited-too-long': 1,
    'waits_total admitted': 1,
    'waits_total refused': 1,
    'waits_total abandoned': 1,
    waited_seconds_total: 1.5,
    under_way: 1,
    queued: 1,
  })
  expect([bulkhead.kind, bulkhead.name]).toEqual(['bulkhead', 'db'])
})

test.each<[object, string]>([
  [{ name: '' }, 'Expected `name` to be a string that is not empty, got ""'],
  [{ maxConcurrent: undefined }, 'Expected `maxConcurrent` to be a positive integer, got undefined'],
  [{ maxConcurrent: 0 }, 'Expected `maxConcurrent` to be a positive integer, got 0'],
  [{ maxConcurrent: 1.5 }, 'Expected `maxConcurrent` to be a positive integer, got 1.5'],
  [{ maxConcurrent: Infinity }, 'Expected `maxConcurrent` to be a positive integer, got Infinity'],
  [{ maxQueued: -1 }, 'Expected `maxQueued` to be an integer of at least 0, got -1'],
  [{ maxQueued: Infinity }, 'Expected `maxQueued` to be an integer of at least 0, got Infinity'],
  [{ maxQueued: 1, maxWaitMs: 0 }, 'Expected `maxWaitMs` to be a number of milliseconds over 0, got 0'],
  [{ maxWaitMs: 10 }, 'Expected `maxQueued` over 0 beside `maxWaitMs`, got 0: nobody would wait'],
])('createBulkhead() names the option that is wrong: %o', (options, message) => {
  expect(() => create(options)).toThrow(message)
})
