import type { Outcome, Permit, Refusal } from '../policy.ts'
import type { CallPair, Settled } from './call-pair.ts'
import type { CallStep } from './circuit-steps.ts'
import type { CircuitUnderTest } from './circuit-subject.ts'

/** Makes the real calls of a schedule, and writes down what comes of them. */
export class Caller {
  readonly #subject: CircuitUnderTest
  readonly #pairs: ReadonlyMap<number, CallPair>
  readonly #problems: string[]

  /**
   * @param subject What is called.
   * @param pairs Where calls are written down.
   * @param problems What is wrong besides.
   */
  constructor(subject: CircuitUnderTest, pairs: ReadonlyMap<number, CallPair>, problems: string[]) {
    this.#subject = subject
    this.#pairs = pairs
    this.#problems = problems
  }

  /**
   * Makes a call, and those inside of it.
   *
   * @param step How it is made.
   */
  make(step: CallStep): void {
    const pair = this.#pairs.get(step.call) as CallPair // made before
    const { is, controller } = pair
    const subject = this.#subject
    const run = (context: { readonly signal?: AbortSignal }): unknown => {
      is.runs++
      if (controller !== undefined || step.returns === 'thenable') is.signal = context.signal
      if (step.nested !== undefined) this.make(step.nested)
      if (step.signal === 'inside') controller?.abort(pair.reason)
      return this.#give(pair)
    }
    const options = controller && { signal: controller.signal }
    try {
      if (step.door === 'tryAcquire' && subject.tryAcquire !== undefined) {
        this.#acquire(pair, subject.tryAcquire())
      } else if (step.door === 'tryExecute' && subject.tryExecute !== undefined) {
        subject.tryExecute(run, options).then(
          (outcome) => {
            is.settled = this.#toSettled(pair, outcome)
          },
          () => this.#problems.push(`call ${step.call}: tryExecute rejected`),
        )
      } else {
        subject.execute(run, options).then(
          (value) => {
            is.settled = { how: 'returned', value }
          },
          (error) => {
            is.settled = this.#toRejection(pair, error)
          },
        )
      }
    } catch (error) {
      this.#problems.push(`call ${step.call}: ${step.door} threw ${String(error)}`)
    }
  }

  /** What the function returns. */
  #give({ step, is, values }: CallPair): unknown {
    if (typeof step.returns !== 'string') {
      if (!step.returns.ok) throw values[0]
      return values[0]
    }
    const promise = new Promise((resolve, reject) => {
      is.finish = (ok, value) => (ok ? resolve(value) : reject(value))
    })
    const { signal } = is
    if (signal !== undefined && !step.isDeaf) {
      if (signal.aborted) is.finish?.(false, signal.reason)
      else signal.addEventListener('abort', () => is.finish?.(false, signal.reason))
    }
    if (step.returns === 'promise') return promise
    // biome-ignore lint/suspicious/noThenProperty: that is what is tried
    return { then: (onResult: never, onError: never) => void promise.then(onResult, onError) }
  }

  #acquire({ step, is, values }: CallPair, answer: Permit | Refusal): void {
    if (!answer.admitted) {
      is.settled = { how: 'refused', retryAfterMs: answer.retryAfterMs }
      return
    }
    is.runs++
    is.permit = answer
    if (step.nested !== undefined) this.make(step.nested)
    is.finish = (ok, value) => {
      if (ok) answer.succeed(value)
      else if (answer.fail(value) !== undefined) this.#problems.push(`call ${step.call}: fail() announced an attempt`)
      is.settled ??= { how: ok ? 'returned' : 'threw', value }
    }
    if (typeof step.returns !== 'string') is.finish(step.returns.ok, values[0])
  }

  #toSettled({ step }: CallPair, outcome: Outcome<unknown>): Settled {
    if (outcome.ok) return { how: 'returned', value: outcome.value }
    if (outcome.refusal === undefined) return { how: 'threw', value: outcome.error }
    const retryAfterMs = this.#subject.refusalOf(outcome.error)?.retryAfterMs
    if (retryAfterMs !== outcome.refusal.retryAfterMs)
      this.#problems.push(`call ${step.call}: the refusal and its error differ`)
    return { how: 'refused', retryAfterMs }
  }

  #toRejection({ values }: CallPair, error: unknown): Settled {
    // What a function threw is the caller's, whatever it looks like.
    const own = values.includes(error) ? undefined : this.#subject.refusalOf(error)
    return own === undefined ? { how: 'threw', value: error } : { how: 'refused', retryAfterMs: own.retryAfterMs }
  }
}
