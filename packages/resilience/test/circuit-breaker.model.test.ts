import { createManualClock } from '@breakwater/core/testing'
import { createCircuitBreaker } from '@breakwater/resilience'
import {
  assertCircuitBreaker,
  type CircuitSubject,
  checkCircuitBreaker,
  createCircuitModel,
  toCircuitSubject,
} from '@breakwater/resilience/testing'
import { expect, test } from 'vitest'

const SOAK = Number(process.env.SOAK ?? 1)
const schedules = SOAK >= 20 ? Math.max(2_000 * SOAK, 100_000) : 2_000 * SOAK
/** Another one each time when soaking, so that it does not look at the same schedules again and again. */
const seed = Number(process.env.SEED ?? (SOAK > 1 ? Date.now() % 1_000_000 : 3))
const ours = toCircuitSubject(createCircuitBreaker)

test('createCircuitBreaker() does what the model does, in every schedule', async () => {
  const report = await assertCircuitBreaker(ours, { seed, schedules })
  console.log(`circuit breaker: ${report.schedules} schedules, ${report.steps} steps, seed ${report.seed}`)
  expect(report.schedules).toBe(schedules)
})

/** Ours, with one fault. */
function broken(fault: (options: Parameters<typeof createCircuitBreaker>[0]) => typeof options): CircuitSubject {
  return toCircuitSubject((options) => createCircuitBreaker(fault(options)), 'broken one')
}

test('checkCircuitBreaker() finds a difference, and gives the shortest schedule that shows it', async () => {
  const subject = broken((options) => ({ ...options, openForMs: (options.openForMs ?? 30_000) + 1 }))
  const { failure } = await checkCircuitBreaker(subject, { plan: { failureThreshold: 2, openForMs: 100 } })
  expect(failure?.steps.length).toBeLessThanOrEqual(4)
  expect(failure?.text).toContain('broken one')
  expect(failure?.text).toContain('in schedule')
})

test('checkCircuitBreaker() finds the same again by seed and number', async () => {
  const subject = broken((options) => ({ ...options, probes: (options.probes ?? 1) + 1 }))
  const { failure } = await checkCircuitBreaker(subject, { seed: 7 })
  const again = await checkCircuitBreaker(subject, { seed: 7, from: failure?.schedule, schedules: 1 })
  expect(again.failure?.text).toBe(failure?.text)
})

test('checkCircuitBreaker() gives the same report for the same seed', async () => {
  const [one, other] = [await checkCircuitBreaker(ours, { seed: 5 }), await checkCircuitBreaker(ours, { seed: 5 })]
  expect(one).toEqual(other)
})

test.for(['execute', 'tryExecute', 'tryAcquire'] as const)(
  'checkCircuitBreaker() finds a fault behind %s',
  async (door) => {
    const subject: CircuitSubject = {
      name: door,
      create(options) {
        const breaker = ours.create(options)
        const stranger = ours.create(options)
        let calls = 0
        // Every third call goes to a circuit breaker that nobody looks at.
        const through = (...rest: never[]): unknown =>
          ((++calls % 3 === 0 ? stranger : breaker)[door] as (...rest: never[]) => unknown)(...rest)
        return Object.assign(Object.create(breaker), { [door]: through })
      },
    }
    const { failure } = await checkCircuitBreaker(subject, { shrinkRuns: 1 })
    expect(failure).toBeDefined()
  },
)

test('checkCircuitBreaker() refuses a hazard that it does not know', async () => {
  await expect(checkCircuitBreaker(ours, { hazards: ['rain' as never] })).rejects.toThrow(
    'Expected `hazards` to be one of',
  )
})

test('checkCircuitBreaker() hands uncaught exceptions back', async () => {
  const before = process.listeners('uncaughtException')
  await checkCircuitBreaker(ours, { schedules: 5 })
  expect(process.listeners('uncaughtException')).toEqual(before)
})

test('assertCircuitBreaker() rejects with the schedule', async () => {
  const subject = broken((options) => ({ ...options, rampMs: 0 }))
  await expect(assertCircuitBreaker(subject)).rejects.toThrow(/in schedule \d+ of seed 1/)
})

test('createCircuitModel() says what a circuit breaker should do', () => {
  const clock = createManualClock()
  const model = createCircuitModel({ name: 'db', failureThreshold: 1, openForMs: 100, clock })
  const first = model.admit()
  if (first.admitted) model.end(first.call, { ok: false, value: new Error('down') })
  expect(model.admit()).toEqual({ admitted: false, retryAfterMs: 100 })
  clock.advance(100)
  expect(model.admit()).toMatchObject({ admitted: true })
  expect(model.state).toBe('half-open')
  expect(model.events.map((event) => event.type)).toEqual(['circuit:opened', 'circuit:half-opened'])
})
