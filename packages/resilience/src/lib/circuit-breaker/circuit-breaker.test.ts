import { tracingChannel } from 'node:diagnostics_channel'
import { hasCode } from '@breakwater/core'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BulkheadFullError } from '../errors.ts'
import { EXECUTE_CHANNEL, type ResilienceEvent } from '../events.ts'
import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts'
import type { CircuitBreakerOptions } from './options.ts'

let clock: ManualClock
const cleanups: (() => void)[] = []

beforeEach(() => {
  clock = createManualClock()
})
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

const succeed = async (): Promise<string> => 'up'
const fail = async (): Promise<never> => {
  throw new Error('down')
}
function create(options: Partial<CircuitBreakerOptions> = {}): { breaker: CircuitBreaker; types: string[] } {
  const breaker = createCircuitBreaker({ name: 'db', clock, openForMs: 1_000, ...options })
  const types: string[] = []
  breaker.subscribe(({ type }) => types.push(type))
  return { breaker, types }
}
async function calls(breaker: CircuitBreaker, outcomes: string): Promise<void> {
  for (const outcome of outcomes) await breaker.execute(outcome === 'f' ? fail : succeed).catch(() => {})
}
function value(breaker: CircuitBreaker, name: string, label?: string): unknown {
  return breaker
    .measure()
    .find((one) => one.name === name && (label === undefined || Object.values(one.labels ?? {}).includes(label)))?.value
}

test('lets one probe through after openForMs, and closes if it succeeds', async () => {
  const { breaker, types } = create({ failureThreshold: 1 })
  await expect(breaker.execute(fail)).rejects.toThrow('down')
  clock.advance(999)
  await expect(breaker.execute(succeed)).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN', retryAfterMs: 1 })
  clock.advance(1)
  await expect(breaker.execute(succeed)).resolves.toBe('up')
  expect(types).toEqual(['circuit:opened', 'circuit:half-opened', 'circuit:closed'])
})

test('lets only the probe decide, not an older call that ends meanwhile', async () => {
  const { breaker } = create({ failureThreshold: 1 })
  const older = Promise.withResolvers<string>()
  const probe = Promise.withResolvers<string>()
  const olderCall = breaker.execute(() => older.promise)
  await calls(breaker, 'f')
  clock.advance(1_000)
  const probeCall = breaker.execute(() => probe.promise)
  older.resolve('up')
  await olderCall
  expect(breaker.state).toBe('half-open')
  probe.resolve('up')
  await probeCall
  expect(breaker.state).toBe('closed')
  expect(value(breaker, 'breaker_calls_total', 'late')).toBe(1)
})

test('opens after failureThreshold failures in a row', async () => {
  const { breaker } = create({ failureThreshold: 3 })
  await calls(breaker, 'ffsff')
  expect(breaker.state).toBe('closed')
  await calls(breaker, 'f')
  expect(breaker.state).toBe('open')
})

test('opens at failureRatio of the latest calls, once there are minimumCalls', async () => {
  const { breaker } = create({ failureRatio: 0.5, windowCalls: 10, minimumCalls: 4 })
  await calls(breaker, 'fff')
  expect(breaker.state).toBe('closed')
  await calls(breaker, 's')
  expect(breaker.state).toBe('open')
})

test('forgets calls that have left a window of calls', async () => {
  const { breaker } = create({ failureRatio: 0.6, windowCalls: 5, minimumCalls: 5 })
  await calls(breaker, 'ffssssss')
  await calls(breaker, 'ff')
  expect(breaker.state).toBe('closed')
  await calls(breaker, 'f')
  expect(breaker.state).toBe('open')
})

test('forgets failures that are older than a window of time', async () => {
  const { breaker } = create({ failureRatio: 0.5, windowMs: 10_000, minimumCalls: 4 })
  await calls(breaker, 'fff')
  clock.advance(10_000)
  await calls(breaker, 'f')
  expect(breaker.state).toBe('closed')
  clock.advance(9_000)
  await calls(breaker, 'sff')
  expect(breaker.state).toBe('open')
})

test('opens at slowCallRatio, and notices calls that are still under way', async () => {
  const { breaker } = create({ slowCallRatio: 0.5, slowCallMs: 100, minimumCalls: 4, windowCalls: 10 })
  await calls(breaker, 'ss')
  const hung = [breaker.execute(() => new Promise(() => {})), breaker.execute(() => new Promise(() => {}))]
  clock.advance(99)
  await calls(breaker, 's')
  expect(breaker.state).toBe('closed')
  clock.advance(1)
  await expect(breaker.execute(succeed)).resolves.toBe('up')
  for (let i = 0; i < 3; i++) hung.push(breaker.execute(() => new Promise(() => {})))
  clock.advance(100)
  await expect(breaker.execute(succeed)).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' })
})

test('counts a call that ended slow', async () => {
  const { breaker } = create({ slowCallRatio: 1, slowCallMs: 100, minimumCalls: 2 })
  for (let i = 0; i < 2; i++)
    await breaker.execute(async () => {
      clock.advance(100)
    })
  expect(breaker.state).toBe('open')
  expect(breaker.explain().reason).toBe('It opened as 2 of 2 calls were slow. Probes are let through in 1000 ms.')
})

test('has at most `probes` probes under way, and closes at probeSuccessRatio of them', async () => {
  const { breaker } = create({ failureThreshold: 1, probes: 4, probeSuccessRatio: 0.5 })
  await calls(breaker, 'f')
  clock.advance(1_000)
  const probes = Array.from({ length: 4 }, () => Promise.withResolvers<void>())
  const running = probes.map(({ promise }) => breaker.execute(() => promise))
  await expect(breaker.execute(succeed)).rejects.toMatchObject({ retryAfterMs: 0 })
  probes[0]?.reject(new Error('down'))
  probes[1]?.resolve()
  await Promise.allSettled(running.slice(0, 2))
  expect(breaker.state).toBe('half-open')
  probes[2]?.resolve()
  await running[2]
  expect(breaker.state).toBe('closed')
})

test('opens again as soon as probeSuccessRatio cannot be reached any more', async () => {
  const { breaker } = create({ failureThreshold: 1, probes: 4, probeSuccessRatio: 0.5 })
  await calls(breaker, 'f')
  clock.advance(1_000)
  await calls(breaker, 'ff')
  expect(breaker.state).toBe('half-open')
  await calls(breaker, 'f')
  expect(breaker.state).toBe('open')
})

test('gives the place of a probe that hangs to another one', async () => {
  const { breaker } = create({ failureThreshold: 1, probeLeaseMs: 500 })
  await calls(breaker, 'f')
  clock.advance(1_000)
  const hung = Promise.withResolvers<string>()
  const hungCall = breaker.execute(() => hung.promise)
  clock.advance(499)
  await expect(breaker.execute(succeed)).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' })
  clock.advance(1)
  const other = Promise.withResolvers<string>()
  const otherCall = breaker.execute(() => other.promise)
  hung.reject(new Error('too late'))
  await expect(hungCall).rejects.toThrow('too late')
  expect(breaker.state).toBe('half-open')
  other.resolve('up')
  await otherCall
  expect(breaker.state).toBe('closed')
  expect(value(breaker, 'breaker_probes_expired_total')).toBe(1)
})

test('closes when a probe succeeds that has outlived its lease', async () => {
  const { breaker } = create({ failureThreshold: 1, probeLeaseMs: 500 })
  await calls(breaker, 'f')
  clock.advance(1_000)
  const slow = Promise.withResolvers<string>()
  const slowCall = breaker.execute(() => slow.promise)
  clock.advance(500)
  const other = Promise.withResolvers<string>()
  const otherCall = breaker.execute(() => other.promise)
  slow.resolve('up')
  await slowCall
  expect(breaker.state).toBe('closed')
  other.reject(new Error('down'))
  await expect(otherCall).rejects.toThrow('down')
  expect(breaker.state).toBe('closed')
})

test('takes a probe that is slow for a failed one, also before it ends', async () => {
  const { breaker } = create({ failureThreshold: 1, slowCallRatio: 1, slowCallMs: 100 })
  await calls(breaker, 'f')
  clock.advance(1_000)
  void breaker.execute(() => new Promise(() => {}))
  clock.advance(100)
  await expect(breaker.execute(succeed)).rejects.toMatchObject({ retryAfterMs: 1_000 })
  expect(breaker.state).toBe('open')
})

test('refuses a call that is nested in the only probe', async () => {
  const { breaker } = create({ failureThreshold: 1 })
  await calls(breaker, 'f')
  clock.advance(1_000)
  await expect(breaker.execute(() => breaker.execute(succeed))).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' })
  // Its own refusal says nothing of the dependency, so the place is free again.
  await expect(breaker.execute(succeed)).resolves.toBe('up')
})

test('lets more and more calls through while it ramps up', async () => {
  const { breaker } = create({ failureThreshold: 1, rampMs: 1_000 })
  await calls(breaker, 'f')
  clock.advance(1_000)
  await calls(breaker, 's')
  const admitted = (): number =>
    Array.from({ length: 100 }, () => breaker.tryAcquire()).filter((permit) => permit.admitted).length
  expect(admitted()).toBeCloseTo(10, -1)
  clock.advance(500)
  expect(admitted()).toBeCloseTo(50, -1)
  expect([breaker.tryAcquire(), breaker.tryAcquire()]).toContainEqual(
    expect.objectContaining({ admitted: false, retryAfterMs: 500 }),
  )
  expect(breaker.explain().reason).toContain('it lets more and more calls through for 500 ms')
  clock.advance(500)
  expect(admitted()).toBe(100)
})

test('waits longer each time that probes fail, up to maxOpenForMs', async () => {
  const { breaker } = create({ failureThreshold: 1, openBackoffFactor: 2, maxOpenForMs: 3_000 })
  const waits: number[] = []
  for (let i = 0; i < 4; i++) {
    await calls(breaker, 'f')
    waits.push(breaker.explain().retryAfterMs)
    clock.advance(waits[i] as number)
  }
  expect(waits).toEqual([1_000, 2_000, 3_000, 3_000])
  await calls(breaker, 's')
  await calls(breaker, 'f')
  expect(breaker.explain().retryAfterMs).toBe(1_000)
})

test.each([
  [0, 1_000],
  [0.5, 1_100],
  [Number.NaN, 1_000],
  [7, 1_000],
])('adds jitter to the open time: %d of openJitterRatio', async (dice, waitMs) => {
  const { breaker } = create({ failureThreshold: 1, openJitterRatio: 0.2, random: () => dice })
  await calls(breaker, 'f')
  expect(breaker.explain().retryAfterMs).toBe(waitMs)
})

test('classifyError() and classifyResult() say what counts', async () => {
  const { breaker } = create({
    failureThreshold: 1,
    classifyError: (error) => (String(error).includes('not found') ? 'success' : 'ignored'),
    classifyResult: (result) => (result === 503 ? 'failure' : 'success'),
  })
  await breaker.execute(() => Promise.reject(new Error('not found'))).catch(() => {})
  await calls(breaker, 'f')
  expect(breaker.state).toBe('closed')
  expect([value(breaker, 'breaker_calls_total', 'success'), value(breaker, 'breaker_calls_total', 'ignored')]).toEqual([
    1, 1,
  ])
  await expect(breaker.execute(() => 503)).resolves.toBe(503)
  expect(breaker.state).toBe('open')
})

test('a classifier that throws changes no outcome, and is told', async () => {
  const failures: ResilienceEvent[] = []
  const bug = new Error('bug')
  const throwBug = (): never => {
    throw bug
  }
  const { breaker } = create({ failureThreshold: 1, classifyError: throwBug, classifyResult: throwBug })
  breaker.subscribe((event) => failures.push(event))
  await expect(breaker.execute(succeed)).resolves.toBe('up')
  await expect(breaker.execute(fail)).rejects.toThrow('down')
  expect(breaker.state).toBe('open')
  expect(failures.slice(0, 2)).toEqual(Array(2).fill({ type: 'filter:failed', error: bug }))
})

test('refusals by other policies are ignored', async () => {
  const { breaker } = create({ failureThreshold: 1 })
  await breaker.execute(() => Promise.reject(new BulkheadFullError('pool', 0))).catch(() => {})
  expect(breaker.state).toBe('closed')
})

test("the caller's own abort settles at once, and frees the place of a probe", async () => {
  const { breaker } = create({ failureThreshold: 1 })
  await calls(breaker, 'f')
  clock.advance(1_000)
  const controller = new AbortController()
  const probe = breaker.execute(() => new Promise(() => {}), { signal: controller.signal })
  controller.abort(new Error('gave up'))
  await expect(probe).rejects.toThrow('gave up')
  expect(breaker.state).toBe('half-open')
  await expect(breaker.execute(succeed)).resolves.toBe('up')
})

test('an aborted signal runs nothing', async () => {
  const { breaker } = create()
  let runs = 0
  await expect(breaker.execute(() => runs++, { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no')
  expect(runs).toBe(0)
})

test('tryExecute() tells a refusal without making its error', async () => {
  const { breaker } = create({ failureThreshold: 1 })
  await expect(breaker.tryExecute(succeed)).resolves.toEqual({ ok: true, value: 'up' })
  const failed = await breaker.tryExecute(fail)
  expect(failed).toMatchObject({ ok: false, error: { message: 'down' }, refusal: undefined })
  const refused = await breaker.tryExecute(succeed)
  expect(refused).toMatchObject({ ok: false, refusal: { retryAfterMs: 1_000 } })
  expect(!refused.ok && hasCode(refused.error, 'ERR_CIRCUIT_OPEN')).toBe(true)
})

test('tryAcquire() hands out a permit, of which only the first end counts', () => {
  const { breaker } = create({ failureThreshold: 2 })
  for (let i = 0; i < 2; i++) {
    const permit = breaker.tryAcquire()
    if (!permit.admitted) throw permit.error
    expect(permit.signal.aborted).toBe(false)
    expect(permit.fail(new Error('down'))).toBe(undefined)
    permit.succeed()
    permit.release()
    expect(() => permit.retry()).toThrow('Cannot retry as no attempt was announced')
  }
  expect(breaker.state).toBe('open')
  const refusal = breaker.tryAcquire()
  expect(refusal).toMatchObject({ admitted: false, retryAfterMs: 1_000 })
  expect(!refusal.admitted && refusal.error.message).toBe(
    'Cannot call "db" as its circuit is open: retry after 1000 ms',
  )
})

test('force() holds it in a state until reset()', async () => {
  const { breaker, types } = create({ failureThreshold: 1 })
  breaker.force('forced-open')
  await expect(breaker.execute(succeed)).rejects.toMatchObject({ retryAfterMs: 1_000 })
  clock.advance(60_000)
  await expect(breaker.execute(succeed)).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' })
  expect(breaker.explain()).toMatchObject({ state: 'forced-open', reason: 'It is held open by hand.' })
  breaker.force('disabled')
  await calls(breaker, 'fff')
  expect(breaker.explain()).toMatchObject({ state: 'disabled', failuresInARow: 0 })
  breaker.force('metrics-only')
  await calls(breaker, 'fff')
  expect(breaker.explain()).toMatchObject({ state: 'metrics-only', failuresInARow: 3 })
  expect(breaker.explain().reason).toContain('held by hand')
  breaker.reset()
  expect(breaker.state).toBe('closed')
  expect(types).toEqual(['circuit:forced', 'circuit:forced', 'circuit:forced', 'circuit:closed'])
  expect(() => breaker.force('ajar' as 'disabled')).toThrow('Expected `state` to be one of')
})

test('explain() says why it is in its state', async () => {
  const { breaker } = create({ failureRatio: 0.5, minimumCalls: 4, windowCalls: 10, probes: 3 })
  await calls(breaker, 'fs')
  expect(breaker.explain()).toMatchObject({
    state: 'closed',
    calls: 2,
    failures: 1,
    reason: '1 of 2 calls failed, it opens at 50 %; it needs 4 calls first.',
  })
  await calls(breaker, 'ff')
  clock.advance(300)
  expect(breaker.explain()).toMatchObject({
    state: 'open',
    sinceMs: 300,
    retryAfterMs: 700,
    reason: 'It opened as 3 of 4 calls failed. Probes are let through in 700 ms.',
  })
  clock.advance(700)
  expect(breaker.explain().reason).toBe('It opened as 3 of 4 calls failed. The next call is a probe.')
  await calls(breaker, 's')
  expect(breaker.explain().reason).toBe('1 of 3 probes succeeded, 0 failed, 0 under way.')
  await calls(breaker, 'f')
  expect(breaker.explain().reason).toContain('It opened as 1 of its probes failed.')
  const { breaker: other } = create({ failureThreshold: 2 })
  await calls(other, 'f')
  expect(other.explain().reason).toBe('1 failures in a row, it opens at 2.')
  await calls(other, 'f')
  expect(other.explain().reason).toContain('It opened as 2 calls in a row failed.')
})

test('measure() tells states, ends and the time spent open', async () => {
  const { breaker } = create({ failureThreshold: 2 })
  await calls(breaker, 'sff')
  clock.advance(500)
  await calls(breaker, 's')
  expect(value(breaker, 'breaker_refused_total')).toBe(1)
  expect(value(breaker, 'breaker_opened_total')).toBe(1)
  expect(value(breaker, 'breaker_open_seconds_total')).toBe(0.5)
  expect(value(breaker, 'breaker_state', 'open')).toBe(1)
  expect(value(breaker, 'breaker_state', 'closed')).toBe(0)
  expect(value(breaker, 'breaker_calls_total', 'failure')).toBe(2)
})

test('tells what the latest failure threw, until it is closed again', async () => {
  const { breaker } = create({
    failureThreshold: 2,
    classifyResult: (result) => (result === 503 ? 'failure' : 'success'),
  })
  const events: ResilienceEvent[] = []
  breaker.subscribe((event) => events.push(event))
  const thrown = new Error('down')
  await breaker.execute(() => Promise.reject(new Error('first'))).catch(() => {})
  await breaker.tryExecute(() => Promise.reject(thrown))
  expect(events[0]).toMatchObject({ type: 'circuit:opened', latestError: thrown })
  expect(breaker.explain().latestError).toBe(thrown)
  clock.advance(1_000)
  await breaker.execute(() => 503)
  expect(breaker.explain()).toMatchObject({ state: 'open', latestError: undefined })
  clock.advance(1_000)
  const probe = breaker.tryAcquire()
  if (probe.admitted) probe.fail(thrown)
  expect(breaker.explain().latestError).toBe(thrown)
  breaker.reset()
  expect(breaker.explain().latestError).toBe(undefined)
})

test('a change of the wall clock changes nothing', async () => {
  const { breaker } = create({ failureThreshold: 1 })
  await calls(breaker, 'f')
  clock.setEpoch(clock.epoch() - 3_600_000)
  clock.advance(1_000)
  await expect(breaker.execute(succeed)).resolves.toBe('up')
})

test('a listener that throws changes no outcome', async () => {
  const { breaker } = create({ failureThreshold: 1 })
  const uncaught = new Promise((resolve) => process.setUncaughtExceptionCaptureCallback(resolve))
  cleanups.push(() => process.setUncaughtExceptionCaptureCallback(null))
  breaker.subscribe(() => {
    throw new Error('bug')
  })
  await expect(breaker.execute(fail)).rejects.toThrow('down')
  expect(breaker.state).toBe('open')
  await expect(uncaught).resolves.toMatchObject({ message: 'bug' })
})

test('a function that throws at once rejects, and is a failure', async () => {
  const { breaker } = create({ failureThreshold: 1 })
  const thrown = new Error('at once')
  await expect(
    breaker.execute(() => {
      throw thrown
    }),
  ).rejects.toBe(thrown)
  expect(breaker.state).toBe('open')
  await expect(breaker.execute(undefined as never)).rejects.toThrow('Expected `run` to be a function, got undefined')
})

test('tracers can follow each call', async () => {
  const { breaker } = create()
  const heard: unknown[] = []
  const channel = tracingChannel(EXECUTE_CHANNEL)
  const subscribers = {
    start: ({ source, kind }: { source: string; kind: string }) => heard.push([source, kind]),
    end() {},
    asyncStart() {},
    asyncEnd: ({ result }: { result: unknown }) => heard.push(result),
    error() {},
  }
  channel.subscribe(subscribers as never)
  cleanups.push(() => channel.unsubscribe(subscribers as never))
  await breaker.execute(succeed)
  await breaker.tryExecute(succeed)
  expect(heard).toEqual([['db', 'breaker'], 'up', ['db', 'breaker'], { ok: true, value: 'up' }])
})

test('an idle circuit breaker has no timer, whatever its state', async () => {
  const { breaker } = create({ failureThreshold: 1, rampMs: 1_000, slowCallRatio: 1, slowCallMs: 5 })
  await calls(breaker, 'sf')
  expect(clock.pending).toBe(0)
  clock.advance(1_000)
  await calls(breaker, 's')
  expect(clock.pending).toBe(0)
})
