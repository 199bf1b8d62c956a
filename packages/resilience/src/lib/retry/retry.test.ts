import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ChannelMessage } from '@breakwater/core'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, test, vi } from 'vitest'
import { BulkheadFullError, CircuitOpenError, LimitReachedError } from '../errors.ts'
import { RESILIENCE_CHANNEL, type ResilienceEvent } from '../events.ts'
import { createRetryBudget, type RetryBudget } from './budget.ts'
import type { RetryOptions } from './options.ts'
import { createRetry } from './retry.ts'

/** Half of what jitter allows: waits of 50, 100, 200 … ms. */
function create(options: Partial<RetryOptions> = {}) {
  const clock = createManualClock()
  const retry = createRetry({ name: 'db', random: () => 0.5, clock, ...options })
  const events: ResilienceEvent[] = []
  retry.subscribe((event) => events.push(event))
  const outcomes = (): Record<string, unknown> =>
    Object.fromEntries(
      retry
        .measure()
        .filter(({ value }) => value !== 0)
        .map(({ name, labels, value }) => [labels?.outcome ?? name.replace('retry_', ''), value]),
    )
  return { clock, retry, events, outcomes }
}

/** Fails so many times with errors of its own, and says when it ran. */
function failing(
  clock: ManualClock,
  count: number,
  toError = (attempt: number): unknown => new Error(`down ${attempt}`),
) {
  const startMs = clock.now()
  const ranAtMs: number[] = []
  const attempts: number[] = []
  const errors: unknown[] = []
  const run = ({ attempt }: { attempt: number }): string => {
    ranAtMs.push(clock.now() - startMs)
    attempts.push(attempt)
    if (errors.length === count) return 'up'
    errors.push(toError(attempt))
    throw errors.at(-1)
  }
  return { run, ranAtMs, attempts, errors }
}

/** Ends with how the call ended, on a clock that goes as far as need be. */
async function settle<result>(clock: ManualClock, call: Promise<result>, withinMs = 1e6) {
  const outcome = call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  await clock.advanceAsync(withinMs)
  const settled = await Promise.race([outcome, Promise.resolve('pending')])
  expect(clock.pending).toBe(0)
  return settled
}

test('execute() runs what succeeds once', async () => {
  const { clock, retry, outcomes } = create()
  const { run, attempts } = failing(clock, 0)
  await expect(retry.execute(run)).resolves.toBe('up')
  expect(attempts).toEqual([1])
  expect(clock.pending).toBe(0)
  expect(outcomes()).toEqual({ success: 1, balance: 10 })
})

test('execute() tries again what fails, and says which attempt it is', async () => {
  const { clock, retry, outcomes } = create()
  const { run, attempts, ranAtMs } = failing(clock, 2)
  expect(await settle(clock, retry.execute(run), 1_000)).toEqual({ value: 'up' })
  expect(attempts).toEqual([1, 2, 3])
  expect(ranAtMs).toEqual([0, 50, 150])
  expect(outcomes()).toEqual({ 'success-after-retry': 1, retries_total: 2, balance: 8 })
})

test('execute() rejects with the last error, unchanged, after all attempts', async () => {
  const { clock, retry, outcomes } = create()
  const { run, attempts, errors } = failing(clock, 9)
  const outcome = await settle(clock, retry.execute(run), 1_000)
  expect(attempts).toEqual([1, 2, 3])
  expect((outcome as { error: unknown }).error).toBe(errors[2])
  expect(outcomes()).toEqual({ 'attempts-exhausted': 1, retries_total: 2, balance: 8 })
})

test.each([undefined, null, 0, '', 'text', Symbol('thrown')])('execute() passes on %o unchanged', async (thrown) => {
  const { clock, retry } = create()
  const outcome = await settle(
    clock,
    retry.execute(() => Promise.reject(thrown)),
  )
  expect(outcome).toEqual({ error: thrown })
})

test('execute() keeps to maxAttempts', async () => {
  for (const maxAttempts of [1, 2, 5]) {
    const { clock, retry } = create({ maxAttempts })
    const { run, attempts } = failing(clock, 9)
    await settle(clock, retry.execute(run))
    expect(attempts).toHaveLength(maxAttempts)
  }
})

test('execute() starts afresh with each call', async () => {
  const { clock, retry } = create()
  for (let call = 0; call < 3; call++) {
    const { run, ranAtMs } = failing(clock, 9)
    await settle(clock, retry.execute(run))
    expect(ranAtMs).toEqual([0, 50, 150])
  }
})

test('execute() waits as each backoff says', async () => {
  const schedule = async (backoff: RetryOptions['backoff'], dice: readonly number[]) => {
    const rolls = [...dice]
    const options = { maxAttempts: 6, baseDelayMs: 100, maxDelayMs: 1_000, random: () => rolls.shift() ?? Number.NaN }
    const { clock, retry } = create({ ...options, backoff })
    const { run, ranAtMs } = failing(clock, 9)
    await settle(clock, retry.execute(run))
    expect(rolls).toEqual([])
    return ranAtMs.slice(1).map((ms, index) => ms - (ranAtMs[index] as number))
  }
  const dice = [0.5, 0.25, 0.75, 0, 0.5]
  expect(await schedule('full-jitter', dice)).toEqual([50, 50, 300, 0, 500])
  expect(await schedule('exponential', dice)).toEqual([100, 200, 400, 800, 1_000])
  // 100 + 0.5 * (300 - 100); 100 + 0.25 * (600 - 100); 100 + 0.75 * (675 - 100); 100; 100 + 0.5 * (300 - 100)
  expect(await schedule('decorrelated-jitter', dice)).toEqual([200, 225, 531.25, 100, 200])
})

test('execute() waits longer than timers can', async () => {
  const { clock, retry } = create({ backoff: 'exponential', baseDelayMs: 2 ** 31, maxAttempts: 2 })
  const { run, ranAtMs } = failing(clock, 1)
  expect(await settle(clock, retry.execute(run), 2 ** 32)).toEqual({ value: 'up' })
  expect(ranAtMs).toEqual([0, 2 ** 31])
})

test('execute() uses real jitter where random gives rubbish or throws', async () => {
  for (const random of [() => 1, () => -0.1, () => Number.NaN, () => '0.5' as unknown as number]) {
    const { clock, retry } = create({ random, maxAttempts: 2 })
    const { run, ranAtMs } = failing(clock, 1)
    vi.spyOn(Math, 'random').mockReturnValueOnce(0.25)
    await settle(clock, retry.execute(run))
    expect(ranAtMs).toEqual([0, typeof random() === 'string' ? 50 : 25])
    vi.restoreAllMocks()
  }
  const { clock, retry, events } = create({ random: fail, maxAttempts: 2 })
  expect(await settle(clock, retry.execute(failing(clock, 1).run))).toEqual({ value: 'up' })
  expect(events).toEqual([{ type: 'filter:failed', error: new Error('filter') }])
})

test('execute() asks isRetryable, and rejects at once if it says no', async () => {
  const asked: unknown[] = []
  const isRetryable = (error: unknown): boolean => asked.push(error) < 2
  const { clock, retry, outcomes } = create({ isRetryable, maxAttempts: 9 })
  const { run, errors } = failing(clock, 9)
  expect(await settle(clock, retry.execute(run), 1_000)).toEqual({ error: errors[1] })
  expect(asked).toEqual(errors)
  expect(errors).toHaveLength(2)
  expect(outcomes()).toEqual({ 'not-retryable': 1, retries_total: 1, balance: 9 })
})

test.each<[string, (error: unknown) => boolean]>([
  ['throws', fail],
  ['returns a promise', (async () => true) as unknown as () => boolean],
  ['returns undefined', (() => {}) as unknown as () => boolean],
])('execute() does not try again if isRetryable %s', async (_, isRetryable) => {
  const { clock, retry } = create({ isRetryable })
  const { run, errors } = failing(clock, 9)
  expect(await settle(clock, retry.execute(run))).toEqual({ error: errors[0] })
  expect(errors).toHaveLength(1)
})

test('execute() tells of a filter that throws', async () => {
  const { clock, retry, events } = create({ isRetryable: fail })
  await settle(clock, retry.execute(failing(clock, 1).run))
  expect(events).toEqual([{ type: 'filter:failed', error: new Error('filter') }])
})

test.each([new CircuitOpenError('db', 5), new BulkheadFullError('db', 0), new LimitReachedError('db', 5)])(
  'execute() passes on a refusal at once: $name',
  async (refusal) => {
    const { clock, retry, outcomes } = create()
    const { run, attempts } = failing(clock, 9, () => refusal)
    expect(await settle(clock, retry.execute(run))).toEqual({ error: refusal })
    expect(attempts).toEqual([1])
    expect(outcomes()).toEqual({ 'not-retryable': 1, balance: 10 })
  },
)

test('execute() tries refusals again if isRetryable says so, after the time they name', async () => {
  const { clock, retry } = create({ isRetryable: () => true, maxAttempts: 2 })
  const { run, ranAtMs } = failing(clock, 1, () => new CircuitOpenError('db', 3_000))
  expect(await settle(clock, retry.execute(run))).toEqual({ value: 'up' })
  expect(ranAtMs).toEqual([0, 3_000])
})

test('execute() tries results again that isRetryableResult names, and returns the last one as it is', async () => {
  const results = [{ status: 503 }, { status: 503 }, { status: 503 }, { status: 200 }]
  const isRetryableResult = (result: unknown) => (result as { status: number }).status === 503
  for (const [maxAttempts, index] of [
    [3, 2],
    [4, 3],
  ] as const) {
    const { clock, retry, outcomes } = create({ isRetryableResult, maxAttempts })
    const outcome = await settle(
      clock,
      retry.execute(({ attempt }) => results[attempt - 1]),
    )
    expect((outcome as { value: unknown }).value).toBe(results[index])
    expect(outcomes()).toMatchObject({
      [index === 2 ? 'attempts-exhausted' : 'success-after-retry']: 1,
      retries_total: index,
    })
  }
})

test('execute() returns the result if isRetryableResult throws', async () => {
  const { clock, retry, events } = create({ isRetryableResult: fail })
  expect(await settle(clock, retry.execute(failing(clock, 0).run))).toEqual({ value: 'up' })
  expect(events).toEqual([{ type: 'filter:failed', error: new Error('filter') }])
})

test('execute() waits at least as long as the error says', async () => {
  const asks = [{ retryAfterMs: 3_000 }, { retryAfterMs: 99 }, { retryAfterMs: 0 }, {}]
  const { clock, retry } = create({ maxAttempts: 5 })
  const { run, ranAtMs } = failing(clock, 4, (attempt) => asks[attempt - 1])
  await settle(clock, retry.execute(run))
  expect(ranAtMs).toEqual([0, 3_000, 3_100, 3_300, 3_700])
})

test('execute() draws the next wait from its own, not from what the error asked for', async () => {
  const { clock, retry } = create({ backoff: 'decorrelated-jitter' })
  const { run, ranAtMs } = failing(clock, 2, (attempt) => (attempt === 1 ? { retryAfterMs: 10_000 } : {}))
  await settle(clock, retry.execute(run))
  expect(ranAtMs).toEqual([0, 10_000, 10_350])
})

test.each<[string, unknown]>([
  ['a negative number', { retryAfterMs: -1 }],
  ['an infinite number', { retryAfterMs: Infinity }],
  ['no number', { retryAfterMs: '9000' }],
  ['NaN', { retryAfterMs: Number.NaN }],
  [
    'a getter that throws',
    {
      get retryAfterMs() {
        return fail()
      },
    },
  ],
  ['nothing', null],
])('execute() waits as usual if the error asks for %s', async (_, error) => {
  const { clock, retry, events } = create()
  const { run, ranAtMs } = failing(clock, 1, () => error)
  expect(await settle(clock, retry.execute(run))).toEqual({ value: 'up' })
  expect(ranAtMs).toEqual([0, 50])
  expect(events).toEqual([])
})

test('execute() rejects at once after a Retry-After over its limit', async () => {
  for (const [retryAfterMs, attempts] of [
    [60_000, 3],
    [60_001, 1],
  ] as const) {
    const { clock, retry, outcomes } = create()
    const { run, errors } = failing(clock, 9, () => ({ retryAfterMs }))
    const outcome = await settle(clock, retry.execute(run), retryAfterMs > 60_000 ? 0 : 1e6)
    expect((outcome as { error: unknown }).error).toBe(errors.at(-1))
    expect(errors).toHaveLength(attempts)
    if (attempts === 1) expect(outcomes()).toEqual({ 'retry-after-too-long': 1, balance: 10 })
  }
})

test('execute() asks retryAfter about errors and results', async () => {
  const asked: unknown[] = []
  const retryAfter = (failure: unknown) => (asked.push(failure) === 1 ? 700 : undefined)
  const { clock, retry } = create({ retryAfter, isRetryableResult: (result) => result === 'busy' })
  const { run, ranAtMs, errors } = failing(clock, 1)
  const call = retry.execute((context) => (context.attempt === 2 ? 'busy' : run(context)))
  expect(await settle(clock, call)).toEqual({ value: 'up' })
  expect(asked).toEqual([errors[0], 'busy'])
  expect(ranAtMs).toEqual([0, 800])
})

test('execute() gives up after an infinite retryAfter, and ignores rubbish', async () => {
  for (const [ms, attempts] of [
    [Infinity, 1],
    [-5, 3],
    [Number.NaN, 3],
    ['9000', 3],
  ] as const) {
    const { clock, retry } = create({ retryAfter: () => ms as number, maxRetryAfterMs: 1e9 })
    const { run, errors, ranAtMs } = failing(clock, 9)
    await settle(clock, retry.execute(run))
    expect(errors).toHaveLength(attempts)
    expect(ranAtMs).toEqual([0, 50, 150].slice(0, attempts))
  }
})

test('execute() reads retryAfterMs if retryAfter throws', async () => {
  const { clock, retry, events } = create({ retryAfter: fail })
  const { run, ranAtMs } = failing(clock, 1, () => ({ retryAfterMs: 400 }))
  await settle(clock, retry.execute(run))
  expect(ranAtMs).toEqual([0, 400])
  expect(events).toEqual([{ type: 'filter:failed', error: new Error('filter') }])
})

test('execute() rejects with the error itself once its budget is used up, and tells so once', async () => {
  const { clock, retry, events, outcomes } = create({ maxAttempts: 2 })
  const heard: unknown[] = []
  const listener = (message: unknown): void => void heard.push((message as ChannelMessage<ResilienceEvent>).source)
  subscribe(RESILIENCE_CHANNEL, listener)
  for (let call = 0; call < 12; call++) {
    const { run, errors } = failing(clock, 9)
    expect(await settle(clock, retry.execute(run), 100)).toEqual({ error: errors.at(-1) })
    expect(errors).toHaveLength(call < 10 ? 2 : 1)
  }
  unsubscribe(RESILIENCE_CHANNEL, listener)
  expect(events).toEqual([{ type: 'retry-budget:exhausted' }])
  expect(heard).toEqual(['db'])
  expect(retry.balance).toBe(0)
  expect(outcomes()).toEqual({ 'attempts-exhausted': 10, 'budget-exhausted': 2, retries_total: 10 })
  clock.advance(20_000)
  expect(await settle(clock, retry.execute(failing(clock, 1).run))).toEqual({ value: 'up' })
  expect(events.map(({ type }) => type)).toEqual(['retry-budget:exhausted', 'retry-budget:recovered'])
})

test('execute() shares a budget with other retries, which tells for itself', async () => {
  const clock = createManualClock()
  const budget = createRetryBudget({ name: 'both', clock })
  const told: string[] = []
  budget.subscribe(({ type }) => told.push(type))
  const one = create({ clock, budget, maxAttempts: 7 })
  const other = create({ clock, budget, maxAttempts: 7 })
  const first = failing(clock, 9)
  await settle(clock, one.retry.execute(first.run), 9_000)
  const second = failing(clock, 9)
  await settle(clock, other.retry.execute(second.run), 900)
  expect([first.attempts.length, second.attempts.length]).toEqual([7, 5])
  expect([one.retry.balance, other.retry.balance, budget.balance]).toEqual([0, 0, 0])
  expect(told).toEqual(['retry-budget:exhausted'])
  expect([...one.events, ...other.events]).toEqual([])
})

test('execute() counts its calls in its budget', async () => {
  const { clock, retry } = create()
  for (let call = 0; call < 100; call++) await retry.execute(() => 'up')
  expect(retry.balance).toBe(20)
  await settle(clock, retry.execute(failing(clock, 9).run), 1_000)
  expect(retry.balance).toBe(18)
})

test('execute() knows no limit with a budget of false', async () => {
  const { clock, retry } = create({ budget: false, maxAttempts: 50, baseDelayMs: 0 })
  const { run, attempts } = failing(clock, 99)
  await settle(clock, retry.execute(run))
  expect(attempts).toHaveLength(50)
  expect(retry.balance).toBe(Infinity)
  expect(retry.measure().map(({ name }) => name)).not.toContain('retry_balance')
})

test("execute() survives anybody's budget: what throws allows nothing", async () => {
  const budget = {
    deposit: fail,
    withdraw: fail,
    get balance() {
      return fail()
    },
  } as unknown as RetryBudget
  const { clock, retry, events } = create({ budget })
  const { run, errors } = failing(clock, 9)
  expect(await settle(clock, retry.execute(run))).toEqual({ error: errors[0] })
  expect(errors).toHaveLength(1)
  expect(retry.balance).toBe(0)
  expect(events.map(({ type }) => type)).toEqual(['filter:failed', 'filter:failed', 'filter:failed'])
})

test('tryExecute() never rejects', async () => {
  const { clock, retry } = create()
  const { run, errors } = failing(clock, 9)
  const { value } = (await settle(clock, retry.tryExecute(run))) as { value: object }
  expect(value).toMatchObject({ ok: false, error: errors[2], refusal: undefined })
})

test('measure() has a label for each way to end', () => {
  const { retry } = create()
  expect(retry.kind).toBe('retry')
  expect(retry.measure().flatMap(({ labels }) => labels?.outcome ?? [])).toEqual([
    'success',
    'success-after-retry',
    'attempts-exhausted',
    'not-retryable',
    'budget-exhausted',
    'retry-after-too-long',
    'abandoned',
  ])
})

function fail(): never {
  throw new Error('filter')
}
