import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import type { CircuitSnapshot } from '../circuit-breaker/snapshot.ts'
import { type CallPair, createCallPair, type Expected } from './call-pair.ts'
import { Caller } from './caller.ts'
import { type CircuitModel, createCircuitModel } from './circuit-model.ts'
import { type CircuitPlan, toOptions, toValue } from './circuit-plan.ts'
import type { CallStep, CircuitStep, Ending, ListenStep, RandomStep, RestoreStep } from './circuit-steps.ts'
import type { CircuitSubject, CircuitUnderTest } from './circuit-subject.ts'

/** More turns than any chain of promises in here has. */
const MICROTASKS = 30

/** A circuit breaker and the model, side by side: each step is taken by both. */
export class Lockstep {
  readonly subject: CircuitUnderTest
  readonly model: CircuitModel
  readonly pairs: Map<number, CallPair> = new Map()
  /** What the subject told. */
  readonly heard: unknown[] = []
  /** What happened to listeners that call back. */
  readonly isLog: string[] = []
  readonly shouldLog: string[] = []
  /** How many exceptions must have surfaced. */
  uncaught = 0
  /** What is wrong with what single steps gave back. */
  readonly problems: string[] = []
  readonly #clock: ManualClock = createManualClock()
  readonly #caller: Caller
  #random: RandomStep['gives'] = 0.5
  #snapshot: CircuitSnapshot | undefined

  constructor(subject: CircuitSubject, plan: CircuitPlan) {
    const random = (): RandomStep['gives'] => this.#random
    this.model = createCircuitModel(toOptions(plan, random, this.#clock))
    this.subject = subject.create(toOptions(plan, random))
    this.#caller = new Caller(this.subject, this.pairs, this.problems)
    this.subject.subscribe?.((event) => this.heard.push(event))
  }

  get hasSnapshot(): boolean {
    return this.#snapshot !== undefined
  }

  async take(step: CircuitStep): Promise<void> {
    this.#start(step)
    for (let turn = 0; turn < MICROTASKS; turn++) await undefined
  }

  #start(step: CircuitStep): void {
    switch (step.do) {
      case 'call': {
        for (const call of step.nested === undefined ? [step] : [step, step.nested])
          this.pairs.set(call.call, createCallPair(call))
        this.#caller.make(step)
        const later: (() => void)[] = []
        this.#expectCall(step, later)
        for (const end of later) end()
        return
      }
      case 'end':
        return this.#end(step.call, step)
      case 'abort':
        return this.#abort(step.call)
      case 'advance':
        this.subject.advance(step.ms)
        return this.#clock.advance(step.ms)
      case 'set wall clock':
        return this.subject.stepWallClock(step.byMs)
      case 'listen':
        return this.#listen(step.trouble)
      case 'random':
        this.#random = step.gives
        return
      case 'force':
        this.subject.force?.(step.state)
        return this.model.force(step.state)
      case 'reset':
        this.subject.reset?.()
        return this.model.reset()
      case 'explain':
        return this.#explain()
      case 'snapshot':
        return this.#takeSnapshot()
      case 'restore':
        return this.#restore(step)
    }
  }

  /** The same call in the model. What ends on later turns is handed back. */
  #expectCall(step: CallStep, later: (() => void)[]): void {
    const pair = this.pairs.get(step.call) as CallPair // made before
    const { should, values } = pair
    const isPermit = step.door === 'tryAcquire' && this.subject.tryAcquire !== undefined
    if (step.signal === 'aborted' && !isPermit) {
      should.settled = { how: 'threw', value: pair.reason }
      return
    }
    const admission = this.model.admit()
    if (!admission.admitted) {
      should.settled = { how: 'refused', retryAfterMs: admission.retryAfterMs }
      return
    }
    should.runs = 1
    should.model = admission.call
    if (step.nested !== undefined) this.#expectCall(step.nested, later)
    if (step.signal === 'inside' && !isPermit) this.#expectAbort(pair)
    const { returns } = step
    if (typeof returns === 'string') return
    const end = (): void => this.#expectEnd(should, returns.ok, values[0])
    if (isPermit) end()
    else later.push(end)
  }

  #end(call: number, ending: Ending): void {
    const pair = this.pairs.get(call)
    if (pair?.is.finish === undefined) return
    const value = toValue(call, ending)
    pair.values.push(value)
    pair.is.finish(ending.ok, value)
    this.#expectEnd(pair.should, ending.ok, value)
  }

  #expectEnd(should: Expected, ok: boolean, value: unknown): void {
    if (should.settled !== undefined || should.model === undefined) return
    this.model.end(should.model, { ok, value })
    should.settled = { how: ok ? 'returned' : 'threw', value }
  }

  #abort(call: number): void {
    const pair = this.pairs.get(call)
    if (pair === undefined) return
    const { is, reason, controller } = pair
    if (is.permit !== undefined) {
      is.permit.release()
      is.settled ??= { how: 'threw', value: reason }
    } else if (controller === undefined) return
    else controller.abort(reason)
    this.#expectAbort(pair)
  }

  #expectAbort({ should, reason }: CallPair): void {
    if (should.settled !== undefined || should.model === undefined) return
    this.model.end(should.model, 'aborted')
    should.isAborted = true
    should.settled = { how: 'threw', value: reason }
  }

  #listen(trouble: ListenStep['trouble']): void {
    const { subject, model } = this
    if (trouble === 'throws') {
      if (subject.disturb === undefined) return
      subject.disturb(() => {
        throw LISTENER_ERROR
      })
      model.subscribe(() => void this.uncaught++)
      return
    }
    if (subject.subscribe === undefined) return
    subject.subscribe(
      seldom(() => {
        if (trouble === 'resets') return subject.reset?.()
        const answer = subject.tryAcquire?.()
        this.isLog.push(answer?.admitted ? 'admitted' : `refused ${answer?.retryAfterMs}`)
        if (answer?.admitted !== true) return
        if (trouble === 'succeeds') answer.succeed()
        else answer.fail(undefined)
      }),
    )
    model.subscribe(
      seldom(() => {
        if (trouble === 'resets') return model.reset()
        const admission = model.admit()
        this.shouldLog.push(admission.admitted ? 'admitted' : `refused ${admission.retryAfterMs}`)
        if (admission.admitted) model.end(admission.call, { ok: trouble === 'succeeds', value: undefined })
      }),
    )
  }

  #explain(): void {
    if (this.subject.explain === undefined) return
    const { reason, latestError, ...is } = this.subject.explain()
    const { latestError: shouldError, ...should } = this.model.explain()
    this.#compare('explain()', is, should)
    // Which may be anything, also what cannot be read.
    if (!Object.is(latestError, shouldError)) this.problems.push('explain() gives another latestError')
    if (typeof reason !== 'string' || reason === '') this.problems.push('explain() gives no reason')
  }

  #takeSnapshot(): void {
    if (this.subject.snapshot === undefined) return
    // As it would come out of a file.
    this.#snapshot = JSON.parse(JSON.stringify(this.subject.snapshot())) as CircuitSnapshot
    this.#compare('snapshot()', this.#snapshot, this.model.snapshot())
  }

  #restore({ edit, spoilt }: RestoreStep): void {
    if (this.#snapshot === undefined) return
    const snapshot: CircuitSnapshot = { ...this.#snapshot, ...edit }
    if (spoilt === undefined) {
      this.subject.restore?.(snapshot)
      return this.model.restore(snapshot)
    }
    try {
      this.subject.restore?.({ ...snapshot, [spoilt]: 'spoilt' })
      this.problems.push(`restore() takes a snapshot with a wrong ${spoilt}`)
    } catch (error) {
      if (!(error instanceof TypeError) || !error.message.includes(spoilt))
        this.problems.push(`restore() refuses a wrong ${spoilt} with ${String(error)}`)
    }
  }

  #compare(what: string, is: unknown, should: unknown): void {
    const [isText, shouldText] = [JSON.stringify(is), JSON.stringify(should)]
    if (isText !== shouldText) this.problems.push(`${what} gives ${isText}, not ${shouldText}`)
  }
}

const LISTENER_ERROR = new Error('a listener is broken')

/** How often a listener makes trouble: for ever would be an endless loop where the open time is 0. */
const TROUBLES = 5

/** Not again for what happens while it runs. */
function seldom(run: () => void): () => void {
  let isBusy = false
  let left = TROUBLES
  return () => {
    if (isBusy || left-- <= 0) return
    isBusy = true
    run()
    isBusy = false
  }
}
