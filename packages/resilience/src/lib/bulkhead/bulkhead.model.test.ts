import { createManualClock } from '@breakwater/core/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isBulkheadFullError } from '../errors.ts'
import type { Permit } from '../policy.ts'
import { type Bulkhead, createBulkhead } from './bulkhead.ts'

/** What is done, to the bulkhead and to the model of it. `of` picks one of the calls so far, if there are any. */
type Step =
  | { readonly type: 'call'; readonly endsAtOnce: boolean }
  | { readonly type: 'acquire' }
  | { readonly type: 'end'; readonly of: number; readonly ok: boolean }
  | { readonly type: 'abort'; readonly of: number }
  | { readonly type: 'advance'; readonly byMs: number }
  | { readonly type: 'settle' }

interface Shape {
  readonly maxConcurrent: number
  readonly maxQueued: number
  readonly maxWaitMs: number | undefined
}

type Fate = 'queued' | 'in' | 'success' | 'failure' | 'abandoned' | 'full' | 'waited-too-long' | 'left-queue'

interface ModelCall {
  fate: Fate
  readonly isPermit: boolean
  readonly endsAtOnce: boolean
  sinceMs: number
  /** Its function has returned: it leaves as soon as promises settle. */
  isEnding: 'success' | 'failure' | undefined
}

/** The naive model: one array of calls, searched from the start each time. */
class Model {
  readonly calls: ModelCall[] = []
  readonly order: number[] = []
  readonly #shape: Shape
  #nowMs = 0

  constructor(shape: Shape) {
    this.#shape = shape
  }

  with(fate: Fate): ModelCall[] {
    return this.calls.filter((call) => call.fate === fate)
  }

  come(isPermit: boolean, endsAtOnce: boolean): void {
    const call: ModelCall = { fate: 'full', isPermit, endsAtOnce, sinceMs: this.#nowMs, isEnding: undefined }
    this.calls.push(call)
    if (this.with('queued').length === 0 && this.with('in').length < this.#shape.maxConcurrent) this.#letIn(call)
    else if (!isPermit && this.with('queued').length < this.#shape.maxQueued) call.fate = 'queued'
  }

  leave(call: ModelCall, fate: Fate): void {
    call.fate = fate
    for (const next of this.with('queued')) if (this.with('in').length < this.#shape.maxConcurrent) this.#letIn(next)
  }

  /** Waits end one after the other, each at its own time. */
  advance(byMs: number): void {
    this.#nowMs += byMs
    for (const call of this.with('queued'))
      if (this.#nowMs - call.sinceMs >= (this.#shape.maxWaitMs ?? Infinity)) call.fate = 'waited-too-long'
  }

  settle(): void {
    for (;;) {
      const next = this.calls.find(({ fate, isEnding }) => fate === 'in' && isEnding !== undefined)
      if (next?.isEnding === undefined) return
      this.leave(next, next.isEnding)
    }
  }

  #letIn(call: ModelCall): void {
    call.fate = 'in'
    if (!call.isPermit) this.order.push(this.calls.indexOf(call))
    if (call.endsAtOnce) call.isEnding = 'success'
  }
}

/** The real one, noting what the model says as well. */
class Real {
  readonly order: number[] = []
  readonly fates: Fate[] = []
  readonly #permits = new Map<number, Permit>()
  readonly #ends = new Map<number, (ok: boolean) => void>()
  readonly #callers: AbortController[] = []
  /** The most calls that were under way at once, as who is called sees it. */
  most = 0
  readonly #bulkhead: Bulkhead
  readonly #running = new Set<number>()

  constructor(bulkhead: Bulkhead) {
    this.#bulkhead = bulkhead
  }

  call(endsAtOnce: boolean): void {
    const index = this.fates.push('queued') - 1
    const caller = new AbortController()
    this.#callers[index] = caller
    const run = (): unknown => {
      this.order.push(index)
      this.#come(index)
      if (endsAtOnce) return this.#running.delete(index)
      return new Promise((resolve, reject) =>
        this.#ends.set(index, (ok) => (ok ? resolve(undefined) : reject(new Error('down')))),
      )
    }
    this.#bulkhead.execute(run, { signal: caller.signal }).then(
      () => {
        this.fates[index] = 'success'
      },
      (error) => {
        this.fates[index] = isBulkheadFullError(error) ? 'full' : error === 'enough' ? 'abandoned' : 'failure'
      },
    )
  }

  acquire(): void {
    const index = this.fates.push('full') - 1
    const permit = this.#bulkhead.tryAcquire()
    if (!permit.admitted) return
    this.#permits.set(index, permit)
    this.#come(index)
  }

  end(index: number, ok: boolean): void {
    this.#running.delete(index)
    this.#ends.get(index)?.(ok)
  }

  abort(index: number): void {
    this.#running.delete(index)
    this.#callers[index]?.abort('enough')
  }

  leavePermit(index: number, fate: Fate): void {
    const permit = this.#permits.get(index) as Permit
    this.#running.delete(index)
    this.fates[index] = fate
    if (fate === 'success') permit.succeed()
    else if (fate === 'failure') permit.fail(new Error('down'))
    else permit.release()
  }

  #come(index: number): void {
    this.fates[index] = 'in'
    this.#running.add(index)
    this.most = Math.max(this.most, this.#running.size)
  }
}

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ type: fc.constant('call' as const), endsAtOnce: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('acquire' as const) }) },
    { weight: 5, arbitrary: fc.record({ type: fc.constant('end' as const), of: fc.nat(), ok: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('abort' as const), of: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('advance' as const), byMs: fc.nat({ max: 60 }) }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('settle' as const) }) },
  ),
  { maxLength: 60 },
)
const shapes: fc.Arbitrary<Shape> = fc
  .record({
    maxConcurrent: fc.integer({ min: 1, max: 4 }),
    maxQueued: fc.nat({ max: 6 }),
    maxWaitMs: fc.option(fc.integer({ min: 1, max: 80 }), { nil: undefined }),
  })
  .map((shape) => (shape.maxQueued === 0 ? { ...shape, maxWaitMs: undefined } : shape))

test('createBulkhead() does what a naive model does, whatever happens in whatever order', async () => {
  await fc.assert(fc.asyncProperty(shapes, steps, check), { numRuns: 300 * Number(process.env.SOAK ?? 1) })
})

async function check(shape: Shape, todo: readonly Step[]): Promise<void> {
  const clock = createManualClock()
  const bulkhead = createBulkhead({ name: 'db', clock, ...shape })
  const model = new Model(shape)
  const real = new Real(bulkhead)
  const settle = async (): Promise<void> => {
    await clock.advanceAsync(0)
    model.settle()
    compare()
  }
  const compare = (): void => {
    expect(bulkhead.underWay).toBe(model.with('in').length)
    expect(bulkhead.queued).toBe(model.with('queued').length)
    expect(real.order).toEqual(model.order)
  }

  for (const step of todo) {
    take(step, model, real, clock.advance)
    if (step.type === 'settle') await settle()
    else compare()
  }
  await settle()
  expect(real.fates).toEqual(model.calls.map(({ fate }) => shown(fate)))
  compareCounts(bulkhead, model)

  // In the end every call settles, the queue as well.
  while (model.with('in').length > 0) {
    for (let index = 0; index < model.calls.length; index++)
      take({ type: 'end', of: index, ok: true }, model, real, clock.advance)
    await settle()
  }
  expect(real.fates).toEqual(model.calls.map(({ fate }) => shown(fate)))
  expect(real.fates.filter((fate) => fate === 'in' || fate === 'queued')).toEqual([])
  expect([bulkhead.underWay, bulkhead.queued]).toEqual([0, 0])
  expect(real.most).toBeLessThanOrEqual(shape.maxConcurrent)
  compareCounts(bulkhead, model)
  clock.advance(shape.maxWaitMs ?? 0)
  expect(clock.pending).toBe(0)
}

function take(step: Step, model: Model, real: Real, advance: (byMs: number) => void): void {
  switch (step.type) {
    case 'call':
      model.come(false, step.endsAtOnce)
      return real.call(step.endsAtOnce)
    case 'acquire':
      model.come(true, false)
      return real.acquire()
    case 'advance':
      model.advance(step.byMs)
      return advance(step.byMs)
    case 'end':
    case 'abort': {
      const index = step.of % Math.max(model.calls.length, 1)
      const call = model.calls[index]
      if (call !== undefined) endOrAbort(index, call, step, model, real)
    }
  }
}

function endOrAbort(
  index: number,
  call: ModelCall,
  step: Step & { readonly type: 'end' | 'abort' },
  model: Model,
  real: Real,
): void {
  const fate = step.type === 'abort' ? 'abandoned' : step.ok ? 'success' : 'failure'
  if (call.isPermit) {
    if (call.fate !== 'in') return
    model.leave(call, fate)
    real.leavePermit(index, fate)
  } else if (step.type === 'abort') {
    if (call.fate === 'queued') call.fate = 'left-queue'
    else if (call.fate === 'in') model.leave(call, 'abandoned')
    real.abort(index)
  } else if (call.fate === 'in' && call.isEnding === undefined) {
    call.isEnding = step.ok ? 'success' : 'failure'
    real.end(index, step.ok)
  }
}

/** As its caller sees it. */
function shown(fate: Fate): Fate {
  if (fate === 'waited-too-long') return 'full'
  return fate === 'left-queue' ? 'abandoned' : fate
}

function compareCounts(bulkhead: Bulkhead, model: Model): void {
  const counted = Object.fromEntries(
    bulkhead.measure().map(({ name, labels, value }) => [Object.values({ name, ...labels }).join(' '), value]),
  )
  const count = (fate: Fate): number => model.with(fate).length
  expect(counted).toMatchObject({
    'bulkhead_calls_total success': count('success'),
    'bulkhead_calls_total failure': count('failure'),
    'bulkhead_calls_total abandoned': count('abandoned'),
    'bulkhead_refused_total full': count('full'),
    'bulkhead_refused_total waited-too-long': count('waited-too-long'),
    'bulkhead_waits_total abandoned': count('left-queue'),
    bulkhead_under_way: count('in'),
    bulkhead_queued: count('queued'),
  })
}
