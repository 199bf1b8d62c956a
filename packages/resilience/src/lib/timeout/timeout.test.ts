import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createBulkhead } from '../bulkhead/bulkhead.ts'
import { StagedPolicy } from '../doors.ts'
import { isTimeoutError, TimeoutError } from '../errors.ts'
import { createFallback } from '../fallback/fallback.ts'
import { pipeline } from '../pipeline/pipeline.ts'
import type { Permit } from '../policy.ts'
import { AGAIN, type OngoingCall, type Stage } from '../stage.ts'
import type { TimeoutOptions } from './options.ts'
import { createTimeout, type Timeout } from './timeout.ts'

const hang = (): Promise<never> => new Promise(() => {})

function create(options: Partial<TimeoutOptions> = {}): { clock: ManualClock; timeout: Timeout } {
  const clock = createManualClock()
  return { clock, timeout: createTimeout({ name: 'db', limitMs: 100, clock, ...options }) }
}

/** How a promise stands: looked at without waiting for it. */
function watch(promise: Promise<unknown>): { status: string; value?: unknown } {
  const seen: { status: string; value?: unknown } = { status: 'pending' }
  promise.then(
    (value) => Object.assign(seen, { status: 'resolved', value }),
    (value) => Object.assign(seen, { status: 'rejected', value }),
  )
  return seen
}

function counts(timeout: Timeout): Record<string, unknown> {
  return Object.fromEntries(timeout.measure().map(({ name, labels, value }) => [labels?.outcome ?? name, value]))
}

/** Tries once more what failed, without a wait unless told so. */
class Again extends StagedPolicy implements Stage {
  readonly kind = 'again'
  readonly stages: readonly Stage[] = [this]
  readonly #clock: ManualClock
  readonly #waitMs: number

  constructor(clock: ManualClock, waitMs: number) {
    super('again')
    this.#clock = clock
    this.#waitMs = waitMs
  }

  enter(): undefined {}

  leave(call: OngoingCall): typeof AGAIN | undefined {
    if (call.ok || call.abandoned || call.attempt > 1) return undefined
    // In the async context of who starts it, as the machine's timers are.
    this.#clock.after(
      this.#waitMs,
      AsyncResource.bind(() => call.again()),
    )
    return AGAIN
  }

  measure(): [] {
    return []
  }
}

test('execute() hands on what the function returned or threw in time', async () => {
  const { timeout } = create()
  const error = new Error('down')
  await expect(timeout.execute(() => 'up')).resolves.toBe('up')
  await expect(timeout.execute(() => Promise.reject(error))).rejects.toBe(error)
  await expect(
    timeout.execute(() => {
      throw error
    }),
  ).rejects.toBe(error)
})

test('execute() rejects at the limit and no earlier', async () => {
  const { clock, timeout } = create()
  const call = watch(timeout.execute(hang))
  await clock.advanceAsync(99)
  expect(call.status).toBe('pending')
  await clock.advanceAsync(1)
  expect(call.value).toBeInstanceOf(TimeoutError)
  expect(isTimeoutError(call.value)).toBe(true)
  expect(call.value).toMatchObject({
    policy: 'db',
    limitMs: 100,
    message: 'Cannot wait for "db" any longer as it took over 100 ms: it was told to end',
  })
})

test('execute() hands on a result that comes just before the limit', async () => {
  const { clock, timeout } = create()
  const call = watch(timeout.execute(() => clock.sleep(99).then(() => 'just')))
  await clock.advanceAsync(99)
  expect(call).toEqual({ status: 'resolved', value: 'just' })
})

test('execute() aborts the signal of the function with the error that the caller gets', async () => {
  const { clock, timeout } = create()
  let seen: AbortSignal | undefined
  const call = watch(
    timeout.execute(({ signal }) => {
      seen = signal
      return hang()
    }),
  )
  await clock.advanceAsync(99)
  expect(seen?.aborted).toBe(false)
  await clock.advanceAsync(1)
  expect(seen?.aborted).toBe(true)
  expect(seen?.reason).toBe(call.value)
})

test("execute() aborts the signal of the function also if the caller gave one, and leaves the caller's alone", async () => {
  const { clock, timeout } = create()
  const caller = new AbortController()
  let seen: AbortSignal | undefined
  const call = watch(
    timeout.execute(
      ({ signal }) => {
        seen = signal
        return hang()
      },
      { signal: caller.signal },
    ),
  )
  await clock.advanceAsync(100)
  expect(seen?.reason).toBe(call.value)
  expect(caller.signal.aborted).toBe(false)
})

test('execute() hands out an aborted signal to a function that reads it too late', async () => {
  const { clock, timeout } = create()
  let late: AbortSignal | undefined
  const call = watch(
    timeout.execute(async (context) => {
      await clock.sleep(150)
      late = context.signal
    }),
  )
  await clock.advanceAsync(150)
  expect(late?.aborted).toBe(true)
  expect(late?.reason).toBe(call.value)
})

test('execute() aborts only the call that took too long', async () => {
  const { clock, timeout } = create()
  const signals: AbortSignal[] = []
  const run = ({ signal }: { signal: AbortSignal }): Promise<never> => {
    signals.push(signal)
    return hang()
  }
  watch(timeout.execute(run))
  await clock.advanceAsync(60)
  const second = watch(timeout.execute(run))
  await clock.advanceAsync(40)
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
  expect(second.status).toBe('pending')
})

test('execute() never aborts the signal of a call that ended in time', async () => {
  const { clock, timeout } = create()
  let seen: AbortSignal | undefined
  await timeout.execute(({ signal }) => {
    seen = signal
  })
  await clock.advanceAsync(1_000)
  expect(seen?.aborted).toBe(false)
})

test('execute() tells the caller at once, whatever the function does later, and nothing is left unhandled', async () => {
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  onTestFinished(() => void process.off('unhandledRejection', unhandled))
  const { clock, timeout } = create()
  const calls = [
    timeout.execute(hang),
    timeout.execute(() => clock.sleep(200).then(() => 'late')),
    timeout.execute(() => clock.sleep(200).then(() => Promise.reject(new Error('late')))),
    timeout.execute(({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject('told')))),
    timeout.execute(({ signal }) => clock.sleep(500, { signal })),
  ].map(watch)
  await clock.advanceAsync(100)
  expect(calls.map(({ value }) => isTimeoutError(value))).toEqual([true, true, true, true, true])
  await clock.advanceAsync(1_000)
  expect(calls.map(({ value }) => isTimeoutError(value))).toEqual([true, true, true, true, true])
  expect(unhandled).not.toHaveBeenCalled()
  expect(counts(timeout)).toMatchObject({ 'timed-out': 5, timeout_under_way: 0 })
})

test('createTimeout() honours limits over 2^31-1 ms', async () => {
  const { clock, timeout } = create({ limitMs: 2 ** 31 + 5 })
  const call = watch(timeout.execute(hang))
  await clock.advanceAsync(2 ** 31 + 4)
  expect(call.status).toBe('pending')
  await clock.advanceAsync(1)
  expect(isTimeoutError(call.value)).toBe(true)
})

test('createTimeout() does not take a limit over 2^31-1 ms for 1 ms on the machine’s clock', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const timeout = createTimeout({ name: 'db', limitMs: 2 ** 31 + 5 })
  const call = watch(timeout.execute(hang))
  await vi.advanceTimersByTimeAsync(2 ** 31 + 4)
  expect(call.status).toBe('pending')
  await vi.advanceTimersByTimeAsync(3) // and the grain of timers
  expect(isTimeoutError(call.value)).toBe(true)
})

test('createTimeout() has one timer for thousands of calls, and none while idle', async () => {
  const { clock, timeout } = create()
  expect(clock.pending).toBe(0)
  const calls = Array.from({ length: 5_000 }, () => timeout.execute(({ attempt }) => attempt))
  expect([clock.pending, timeout.underWay]).toEqual([1, 5_000])
  await Promise.all(calls)
  expect(timeout.underWay).toBe(0)
  const late = Array.from({ length: 5_000 }, () => watch(timeout.execute(hang)))
  expect(clock.pending).toBe(1)
  await clock.advanceAsync(100)
  expect(late.every(({ value }) => isTimeoutError(value))).toBe(true)
  expect(clock.pending).toBe(0)
})

test('execute() rejects in the order in which the calls came, each at its own time', async () => {
  const { clock, timeout } = create()
  const start = clock.now()
  const order: string[] = []
  for (const name of ['a', 'b', 'c', 'd']) {
    timeout.execute(hang).catch(() => order.push(`${name} ${clock.now() - start}`))
    if (name !== 'b') await clock.advanceAsync(10)
  }
  await clock.advanceAsync(200)
  expect(order).toEqual(['a 100', 'b 110', 'c 110', 'd 120'])
})

test('execute() copes with functions that end and start other calls while they are told to end', async () => {
  const { clock, timeout } = create()
  const other = new AbortController()
  let third: { value?: unknown } | undefined
  const permit = timeout.tryAcquire() as Permit
  const first = watch(
    timeout.execute(({ signal }) => {
      signal.addEventListener('abort', () => {
        other.abort('ended by another')
        third = watch(timeout.execute(hang))
      })
      return hang()
    }),
  )
  permit.signal.addEventListener('abort', () => permit.release())
  const second = watch(timeout.execute(hang, { signal: other.signal }))
  await clock.advanceAsync(100)
  expect(isTimeoutError(first.value)).toBe(true)
  expect(second.value).toBe('ended by another')
  expect(third).toEqual({ status: 'pending' })
  await clock.advanceAsync(100)
  expect(isTimeoutError(third?.value)).toBe(true)
  expect(counts(timeout)).toEqual({ 'in-time': 0, 'timed-out': 3, abandoned: 1, timeout_under_way: 0 })
})

test("execute() rejects with the reason of the caller's abort, and never tells it as a timeout", async () => {
  for (const mode of ['hard', 'cooperative'] as const) {
    const { clock, timeout } = create({ mode })
    const caller = new AbortController()
    let seen: AbortSignal | undefined
    const call = watch(
      timeout.execute(
        ({ signal }) => {
          seen = signal
          return clock.sleep(1_000, { signal })
        },
        { signal: caller.signal },
      ),
    )
    await clock.advanceAsync(99)
    caller.abort('enough')
    await clock.advanceAsync(500)
    expect([call.value, seen?.reason]).toEqual(['enough', 'enough'])
    expect(counts(timeout)).toEqual({ 'in-time': 0, 'timed-out': 0, abandoned: 1, timeout_under_way: 0 })
  }
})

test('execute() lets the first win when the limit and the abort of the caller come at once', async () => {
  const { clock, timeout } = create()
  const caller = new AbortController()
  const abortedFirst = watch(timeout.execute(hang, { signal: caller.signal }))
  clock.after(100, () => caller.abort('enough')) // the timeout was armed first: it wins
  await clock.advanceAsync(100)
  expect(isTimeoutError(abortedFirst.value)).toBe(true)

  const other = new AbortController()
  clock.after(100, () => other.abort('enough'))
  const abortedLast = watch(timeout.execute(hang, { signal: other.signal }))
  await clock.advanceAsync(100)
  expect(abortedLast.value).toBe('enough')
})

test('execute() keeps to the timeout if the caller aborts while the function is told of it', async () => {
  const { clock, timeout } = create()
  const caller = new AbortController()
  const call = watch(
    timeout.execute(
      ({ signal }) => {
        signal.addEventListener('abort', () => caller.abort('enough'))
        return hang()
      },
      { signal: caller.signal },
    ),
  )
  await clock.advanceAsync(100)
  expect(isTimeoutError(call.value)).toBe(true)
  expect(counts(timeout)).toMatchObject({ 'timed-out': 1, abandoned: 0 })
})

test('execute() gives every attempt its own time, and aborts only the one that took too long', async () => {
  const { clock, timeout } = create()
  const signals: AbortSignal[] = []
  const call = watch(
    pipeline(new Again(clock, 0), timeout).execute(({ signal }) => {
      signals.push(signal)
      return signals.length === 1 ? hang() : clock.sleep(90).then(() => 'second')
    }),
  )
  await clock.advanceAsync(190)
  expect(call.value).toBe('second')
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
  expect(counts(timeout)).toMatchObject({ 'in-time': 1, 'timed-out': 1 })
})

test('execute() leaves what is inside as abandoned only for the attempt that took too long', async () => {
  const { clock, timeout } = create()
  const bulkhead = createBulkhead({ name: 'db', maxConcurrent: 1, clock })
  const run = vi.fn().mockReturnValueOnce(hang()).mockReturnValueOnce('second')
  const call = watch(pipeline(new Again(clock, 0), timeout, bulkhead).execute(run))
  await clock.advanceAsync(100)
  expect(call.value).toBe('second')
  expect(bulkhead.measure()).toMatchObject([
    { labels: { outcome: 'success' }, value: 1 },
    { labels: { outcome: 'failure' }, value: 0 },
    { labels: { outcome: 'abandoned' }, value: 1 },
    ...Array(8).fill({}),
  ])
})

test.each(['hard', 'cooperative'] as const)('execute() gives up a wait between attempts (%s)', async (mode) => {
  const { clock, timeout } = create({ mode })
  const run = vi.fn(() => Promise.reject(new Error('down')))
  const call = watch(pipeline(timeout, new Again(clock, 500)).execute(run))
  await clock.advanceAsync(100)
  expect(isTimeoutError(call.value)).toBe(true)
  expect(run).toHaveBeenCalledOnce()
})

test.each(['hard', 'cooperative'] as const)('execute() gives up a wait in a queue (%s)', async (mode) => {
  const { clock, timeout } = create({ mode })
  const bulkhead = createBulkhead({ name: 'db', maxConcurrent: 1, maxQueued: 1, clock })
  const permit = bulkhead.tryAcquire() as Permit
  const run = vi.fn()
  const call = watch(pipeline(timeout, bulkhead).execute(run))
  await clock.advanceAsync(100)
  expect(isTimeoutError(call.value)).toBe(true)
  permit.release()
  expect([run.mock.calls.length, bulkhead.queued, bulkhead.underWay]).toEqual([0, 0, 0])
})

test('execute() waits for the function with `cooperative`, and tells what it threw as the cause', async () => {
  const { clock, timeout } = create({ mode: 'cooperative' })
  const error = new Error('rolled back')
  let seen: AbortSignal | undefined
  const call = watch(
    timeout.execute(async ({ signal }) => {
      seen = signal
      await clock.sleep(150)
      throw error
    }),
  )
  await clock.advanceAsync(149)
  expect(seen?.aborted).toBe(true)
  expect(call.status).toBe('pending')
  await clock.advanceAsync(1)
  expect(isTimeoutError(call.value)).toBe(true)
  expect(call.value).toMatchObject({ cause: error, policy: 'db', limitMs: 100 })
  expect(counts(timeout)).toMatchObject({ 'in-time': 0, 'timed-out': 1 })
})

test('execute() rejects with the reason itself if the function throws that with `cooperative`', async () => {
  const { clock, timeout } = create({ mode: 'cooperative' })
  let seen: AbortSignal | undefined
  const call = watch(
    timeout.execute(({ signal }) => {
      seen = signal
      return clock.sleep(500, { signal })
    }),
  )
  await clock.advanceAsync(100)
  expect(call).toEqual({ status: 'rejected', value: seen?.reason })
  expect((call.value as Error).cause).toBeUndefined()
})

test('execute() hands on a result that comes after all with `cooperative`', async () => {
  const { clock, timeout } = create({ mode: 'cooperative' })
  const call = watch(timeout.execute(() => clock.sleep(150).then(() => 'late')))
  await clock.advanceAsync(150)
  expect(call.value).toBe('late')
  expect(counts(timeout)).toMatchObject({ 'in-time': 0, 'timed-out': 1 })
})

test("execute() follows the caller's abort at once while it waits for the function with `cooperative`", async () => {
  const { clock, timeout } = create({ mode: 'cooperative' })
  const caller = new AbortController()
  const call = watch(timeout.execute(hang, { signal: caller.signal }))
  await clock.advanceAsync(150)
  expect(call.status).toBe('pending')
  caller.abort('enough')
  await clock.advanceAsync(0)
  expect(call.value).toBe('enough')
  expect(counts(timeout)).toMatchObject({ 'timed-out': 0, abandoned: 1 })
})

test('execute() starts no further attempt after the limit with `cooperative`', async () => {
  const { clock, timeout } = create({ mode: 'cooperative' })
  const run = vi.fn(() => clock.sleep(150).then(() => Promise.reject(new Error('down'))))
  const call = watch(pipeline(timeout, new Again(clock, 0)).execute(run))
  await clock.advanceAsync(500)
  expect(call.value).toMatchObject({ code: 'ERR_TIMEOUT', cause: { message: 'down' } })
  expect(run).toHaveBeenCalledOnce()
})

test('execute() lets the outer of two timeouts decide, whatever their modes', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue() // of this odd order
  onTestFinished(() => warn.mockRestore())
  for (const outerMode of ['hard', 'cooperative'] as const)
    for (const innerMode of ['hard', 'cooperative'] as const) {
      const clock = createManualClock()
      const outer = createTimeout({ name: 'outer', limitMs: 100, mode: outerMode, clock })
      const inner = createTimeout({ name: 'inner', limitMs: 150, mode: innerMode, clock })
      const policies = pipeline(outer, new Again(clock, 0), createFallback({ name: 'none', value: 0 }), inner)
      const run = vi.fn(() => clock.sleep(200).then(() => Promise.reject(new Error('down'))))
      const call = watch(policies.execute(run))
      await clock.advanceAsync(500)
      expect(call.value).toMatchObject({ code: 'ERR_TIMEOUT', policy: 'outer' })
      expect(run).toHaveBeenCalledOnce()
      expect([counts(outer), counts(inner)]).toMatchObject([{ 'timed-out': 1 }, { abandoned: 1 }])
    }
})

test('execute() is ended by an outer timeout while an inner one waits for the function', async () => {
  const clock = createManualClock()
  const outer = createTimeout({ name: 'outer', limitMs: 150, clock })
  const inner = createTimeout({ name: 'inner', limitMs: 100, mode: 'cooperative', clock })
  let seen: AbortSignal | undefined
  const call = watch(
    pipeline(outer, inner).execute(({ signal }) => {
      seen = signal
      return hang()
    }),
  )
  await clock.advanceAsync(100)
  expect(seen?.reason).toMatchObject({ policy: 'inner' })
  expect(call.status).toBe('pending')
  await clock.advanceAsync(50)
  expect(call.value).toMatchObject({ code: 'ERR_TIMEOUT', policy: 'outer' })
  expect([counts(outer), counts(inner)]).toMatchObject([{ 'timed-out': 1 }, { abandoned: 1 }])
})

test('tryAcquire() aborts the signal of the permit at the limit, and the permit is over', async () => {
  const { clock, timeout } = create()
  const bulkhead = createBulkhead({ name: 'db', maxConcurrent: 1, clock })
  const permit = pipeline(bulkhead, timeout).tryAcquire() as Permit
  const { signal } = permit
  clock.advance(99)
  expect([signal.aborted, bulkhead.underWay]).toEqual([false, 1])
  clock.advance(1)
  expect(isTimeoutError(signal.reason)).toBe(true)
  expect(bulkhead.underWay).toBe(0)
  permit.succeed('late')
  expect(permit.fail('late')).toBeUndefined()
  permit.release()
  expect(counts(timeout)).toEqual({ 'in-time': 0, 'timed-out': 1, abandoned: 0, timeout_under_way: 0 })
})

test('tryAcquire() leaves it to the holder to end the permit with `cooperative`', () => {
  const { clock, timeout } = create({ mode: 'cooperative' })
  const bulkhead = createBulkhead({ name: 'db', maxConcurrent: 1, clock })
  const permit = pipeline(bulkhead, timeout).tryAcquire() as Permit
  clock.advance(100)
  expect([permit.signal.aborted, bulkhead.underWay]).toEqual([true, 1])
  permit.fail(new Error('told to end'))
  expect(bulkhead.underWay).toBe(0)
  expect(counts(timeout)).toMatchObject({ 'timed-out': 1 })
})

test('tryAcquire() counts permits that end in time and those that are given back', () => {
  const { clock, timeout } = create()
  const [a, b, c] = [1, 2, 3].map(() => timeout.tryAcquire() as Permit) as [Permit, Permit, Permit]
  expect(timeout.underWay).toBe(3)
  a.succeed()
  b.fail(new Error('down'))
  c.release()
  clock.advance(100)
  expect([a.signal.aborted, clock.pending]).toEqual([false, 0])
  expect(counts(timeout)).toEqual({ 'in-time': 2, 'timed-out': 0, abandoned: 1, timeout_under_way: 0 })
})

test('tryExecute() tells a timeout as a failure that is no refusal', async () => {
  const { clock, timeout } = create()
  const call = watch(timeout.tryExecute(hang))
  await clock.advanceAsync(100)
  expect(call.value).toMatchObject({ ok: false, error: { code: 'ERR_TIMEOUT' }, refusal: undefined })
})

test('execute() keeps the async context of the caller for what follows a timeout', async () => {
  const { clock, timeout } = create()
  const storage = new AsyncLocalStorage<string>()
  const seen: unknown[] = []
  const note = (what: string): void => void seen.push(`${what} ${storage.getStore()}`)
  const fallback = createFallback({ name: 'context', run: () => note('fallback') })
  const call = (name: string): Promise<unknown> =>
    storage.run(name, () =>
      pipeline(fallback, new Again(clock, 10), timeout).execute(({ signal, attempt }) => {
        note(`attempt ${attempt}`)
        signal.addEventListener('abort', () => note('abort'))
        return hang()
      }),
    )
  const calls = [call('a'), call('b')]
  await clock.advanceAsync(300)
  await Promise.all(calls)
  const each = ['attempt 1', 'abort', 'attempt 2', 'abort', 'fallback']
  for (const name of ['a', 'b'])
    expect(seen.filter((entry) => (entry as string).endsWith(name))).toEqual(each.map((what) => `${what} ${name}`))
})

test('createTimeout() leaves nothing behind of a timeout that nobody uses any more, though its timer is armed', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const dropped = await (async () => {
    const timeout = createTimeout({ name: 'db', limitMs: 3_600_000 })
    await timeout.execute(() => 'up')
    return new WeakRef(timeout)
  })()
  await vi.waitFor(() => {
    collect()
    expect(dropped.deref() === undefined).toBe(true)
  })
})

test('execute() is timed out though nobody but its caller knows the policy', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const clock = createManualClock()
  const call = watch(createTimeout({ name: 'db', limitMs: 100, clock }).execute(hang))
  await clock.advanceAsync(50)
  collect()
  await clock.advanceAsync(50)
  expect(isTimeoutError(call.value)).toBe(true)
})

test('measure() tells how calls ended and how many are under way', async () => {
  const { clock, timeout } = create()
  await timeout.execute(() => 'up')
  watch(timeout.execute(hang))
  await clock.advanceAsync(100)
  watch(timeout.execute(hang))
  expect([timeout.kind, timeout.name, timeout.limitMs, timeout.underWay]).toEqual(['timeout', 'db', 100, 1])
  expect(timeout.measure()).toMatchObject([
    { name: 'timeout_calls_total', kind: 'counter', labels: { outcome: 'in-time' }, value: 1 },
    { name: 'timeout_calls_total', kind: 'counter', labels: { outcome: 'timed-out' }, value: 1 },
    { name: 'timeout_calls_total', kind: 'counter', labels: { outcome: 'abandoned' }, value: 0 },
    { name: 'timeout_under_way', kind: 'gauge', value: 1 },
  ])
})

test.each<[object, string]>([
  [{ name: '' }, 'Expected `name` to be a string that is not empty, got ""'],
  [{ limitMs: undefined }, 'Expected `limitMs` to be a number of milliseconds over 0, got undefined'],
  [{ limitMs: 0 }, 'Expected `limitMs` to be a number of milliseconds over 0, got 0'],
  [{ limitMs: -1 }, 'Expected `limitMs` to be a number of milliseconds over 0, got -1'],
  [{ limitMs: Number.NaN }, 'Expected `limitMs` to be a number of milliseconds over 0, got NaN'],
  [{ limitMs: Infinity }, 'Expected `limitMs` to be a number of milliseconds over 0, got Infinity'],
  [{ limitMs: '100' }, 'Expected `limitMs` to be a number of milliseconds over 0, got "100"'],
  [{ mode: 'soft' }, 'Expected `mode` to be one of "hard", "cooperative", got "soft"'],
])('createTimeout() names the option that is wrong: %o', (options, message) => {
  expect(() => create(options)).toThrow(message)
})
