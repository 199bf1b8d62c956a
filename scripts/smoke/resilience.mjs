import assert from 'node:assert/strict'
import { subscribe } from 'node:diagnostics_channel'

export async function smoke({
  '@breakwater/resilience': resilience,
  '@breakwater/resilience/testing': testing,
  '@breakwater/core/testing': { createManualClock },
}) {
  const clock = createManualClock()
  await opensAndCloses(resilience, clock)
  await keepsWhatItKnows(resilience, clock)
  await triesAgain(resilience, clock)
  await endsWhatTakesTooLong(resilience, clock)
  await boundsCalls(resilience, clock)
  await limitsCalls(resilience, clock)
  await fallsBackAroundAll(resilience, clock)
  await keepsOneForEachKey(resilience, clock)
  namesBadOptions(resilience)
  await agreesWithItsModel(resilience, testing)
  assert.equal(clock.pending, 0)
}

const down = new Error('down')
const fail = () => Promise.reject(down)

async function opensAndCloses({ createCircuitBreaker, isCircuitOpenError, RESILIENCE_CHANNEL }, clock) {
  const heard = []
  const name = `breaker ${Math.random()}`
  subscribe(RESILIENCE_CHANNEL, ({ source, event }) => source === name && heard.push(event.type))
  const breaker = createCircuitBreaker({ name, failureThreshold: 2, openForMs: 1_000, clock })
  await assert.rejects(breaker.execute(fail), down)
  assert.equal((await breaker.tryExecute(fail)).error, down)
  await assert.rejects(
    breaker.execute(() => 1),
    isCircuitOpenError,
  )
  const refusal = breaker.tryAcquire()
  assert.deepEqual([refusal.admitted, refusal.retryAfterMs], [false, 1_000])
  clock.advance(1_000)
  breaker.tryAcquire().succeed()
  assert.equal(breaker.state, 'closed')
  assert.deepEqual(heard, ['circuit:opened', 'circuit:half-opened', 'circuit:closed'])
  assert.equal(numberOf(breaker, 'breaker_refused_total'), 2)
}

async function keepsWhatItKnows({ createCircuitBreaker }, clock) {
  const options = { name: 'kept', failureRatio: 0.5, minimumCalls: 2, clock }
  const [before, after] = [createCircuitBreaker(options), createCircuitBreaker(options)]
  await before.tryExecute(fail)
  after.restore(JSON.parse(JSON.stringify(before.snapshot())))
  await after.tryExecute(fail)
  assert.match(after.explain().reason, /^It opened as 2 of 2 calls failed\./)
  assert.throws(() => after.restore({ version: 2 }), { message: 'Expected `snapshot.version` to be 1, got 2' })
}

async function triesAgain({ createRetry, createRetryBudget, toRetryAfterMs }, clock) {
  const budget = createRetryBudget({ name: 'smoke', clock })
  const retry = createRetry({ name: 'smoke', maxAttempts: 3, budget, clock })
  const retryAfterMs = toRetryAfterMs('5', 0)
  const startedAtMs = clock.now()
  const result = retry.execute(({ attempt }) => {
    if (attempt === 1) throw Object.assign(new Error('busy'), { retryAfterMs })
    return attempt
  })
  await clock.advanceAsync(4_999)
  assert.equal(numberOf(retry, 'retry_retries_total'), 0)
  await clock.advanceAsync(15_001)
  assert.equal(await result, 2)
  assert.equal(clock.now() - startedAtMs, 20_000)
}

async function endsWhatTakesTooLong({ createTimeout, isTimeoutError }, clock) {
  const timeout = createTimeout({ name: 'smoke', limitMs: 100, clock })
  let reason
  const hung = timeout.execute(
    ({ signal }) => new Promise(() => signal.addEventListener('abort', () => (reason = signal.reason))),
  )
  const ended = assert.rejects(hung, isTimeoutError)
  await clock.advanceAsync(100)
  await ended
  assert.ok(isTimeoutError(reason))
}

async function boundsCalls({ createBulkhead, isBulkheadFullError }, clock) {
  const bulkhead = createBulkhead({ name: 'smoke', maxConcurrent: 1, maxQueued: 1, clock })
  const permit = bulkhead.tryAcquire()
  const queued = bulkhead.execute(() => 'later')
  await assert.rejects(
    bulkhead.execute(() => 'refused'),
    isBulkheadFullError,
  )
  permit.release()
  assert.equal(await queued, 'later')
}

async function limitsCalls({ createAdaptiveLimit, isLimitReachedError }, clock) {
  const limit = createAdaptiveLimit({ name: 'smoke', initialLimit: 1, maxLimit: 1, clock })
  const permit = limit.tryAcquire()
  await assert.rejects(
    limit.execute(() => 1),
    isLimitReachedError,
  )
  permit.succeed()
  assert.equal(await limit.execute(() => 1), 1)
}

async function fallsBackAroundAll({ createBulkhead, createCircuitBreaker, createFallback, pipeline }, clock) {
  const breaker = createCircuitBreaker({ name: 'smoke', failureThreshold: 1, clock })
  const bulkhead = createBulkhead({ name: 'smoke', maxConcurrent: 1, clock })
  const all = pipeline(createFallback({ name: 'smoke', value: 'stale' }), breaker, bulkhead)
  assert.equal(await all.execute(async () => 'fresh'), 'fresh')
  assert.equal(await all.execute(fail), 'stale')
  assert.equal(await all.execute(async () => 'fresh'), 'stale')
  assert.equal(breaker.state, 'open')
  const warned = new Promise((resolve) => process.once('warning', resolve))
  pipeline(breaker, createFallback({ name: 'smoke', value: 0 }))
  assert.equal((await warned).code, 'BREAKWATER_PIPELINE_ORDER')
}

async function keepsOneForEachKey({ createCircuitBreakerRegistry }, clock) {
  const hosts = createCircuitBreakerRegistry({ name: 'smoke', failureThreshold: 1, maxEntries: 2, clock })
  await hosts.get('a').tryExecute(fail)
  for (const key of ['b', 'c']) await hosts.get(key).execute(() => key)
  assert.deepEqual(
    Array.from(hosts.entries(), ([key, { state }]) => [key, state]),
    [
      ['c', 'closed'],
      ['a', 'open'],
    ],
  )
}

function namesBadOptions({ createCircuitBreaker }) {
  assert.throws(() => createCircuitBreaker({ name: 'smoke', failureThreshold: 0 }), {
    name: 'RangeError',
    message: 'Expected `failureThreshold` to be a positive integer, got 0',
  })
}

async function agreesWithItsModel({ createCircuitBreaker }, { assertCircuitBreaker, toCircuitSubject }) {
  const { schedules } = await assertCircuitBreaker(toCircuitSubject(createCircuitBreaker), { schedules: 20 })
  assert.equal(schedules, 20)
}

function numberOf(measured, wanted) {
  return measured.measure().find(({ name }) => name === wanted)?.value
}
