import { tracingChannel } from 'node:diagnostics_channel'
import {
  callable,
  createEmitter,
  createOperation,
  type Emitter,
  type Measurement,
  type Operation,
  type PolicyCallOptions,
} from '@breakwater/core'
import { Call } from './call.ts'
import { EXECUTE_CHANNEL, type FilterEvent, RESILIENCE_CHANNEL, type ResilienceEvent } from './events.ts'
import type { CallContext, Outcome, Permit, Refusal, ResiliencePolicy } from './policy.ts'
import { noAttempt } from './refusal.ts'
import { type Route, type Run, type Stage, toRoute } from './stage.ts'

/** Asked on every call, so that nothing is made for tracers that are not there. */
export const tracers: ReturnType<typeof tracingChannel> = tracingChannel(EXECUTE_CHANNEL)

/** The three doors, made of a policy's stages. A class, because there may be tens of thousands of policies. */
export abstract class StagedPolicy<extra = never> implements ResiliencePolicy<extra> {
  abstract readonly kind: string
  readonly name: string
  /** Outermost first. */
  abstract readonly stages: readonly Stage[]
  #emitter: Emitter<ResilienceEvent> | undefined = undefined
  #route: Route | undefined = undefined
  #operation: Operation<{ kind: string }> | undefined = undefined

  constructor(name: string) {
    this.name = name
  }

  abstract measure(): readonly Measurement[]

  subscribe(listener: (event: ResilienceEvent) => void): () => void {
    return this.events.subscribe(listener)
  }

  /** Made when it is first used, as most policies never tell anything. */
  protected get events(): Emitter<ResilienceEvent> {
    this.#emitter ??= createEmitter(RESILIENCE_CHANNEL, this.name)
    return this.#emitter
  }

  execute<result>(
    run: (context: CallContext) => PromiseLike<result> | result,
    options?: PolicyCallOptions,
  ): Promise<result | extra> {
    if (typeof run !== 'function') return Promise.reject(wrongRun(run))
    return (
      tracers.hasSubscribers
        ? this.trace(() => this.#call(run, options).toResult())
        : this.#call(run, options).toResult()
    ) as Promise<result | extra>
  }

  tryExecute<result>(
    run: (context: CallContext) => PromiseLike<result> | result,
    options?: PolicyCallOptions,
  ): Promise<Outcome<result | extra>> {
    if (typeof run !== 'function') return Promise.reject(wrongRun(run))
    return (
      tracers.hasSubscribers
        ? this.trace(() => this.#call(run, options).toOutcome())
        : this.#call(run, options).toOutcome()
    ) as Promise<Outcome<result | extra>>
  }

  tryAcquire(): Permit | Refusal {
    const call = this.#call(undefined, undefined)
    call.start()
    return call.refusal ?? new CallPermit(call)
  }

  /** Lets tracers follow what is done. */
  protected trace<result>(run: () => Promise<result>): Promise<result> {
    // Made when somebody follows, as it takes longer than many calls.
    this.#operation ??= createOperation(EXECUTE_CHANNEL, this.name)
    return this.#operation.trace({ kind: this.kind }, run)
  }

  /** Calls a function among the options, which may throw: its default holds then, and an event tells. */
  protected guard<result>(run: () => result, otherwise: result): result {
    try {
      return run()
    } catch (error) {
      this.events.emitFailure({ type: 'filter:failed', error } satisfies FilterEvent)
      return otherwise
    }
  }

  #call(run: Run | undefined, options: PolicyCallOptions | undefined): Call {
    this.#route ??= toRoute(this.stages)
    return new Call(this.#route, run, options?.signal)
  }
}

/** The third door. */
class CallPermit implements Permit {
  readonly admitted: true = true
  readonly #call: Call

  constructor(call: Call) {
    this.#call = call
  }

  get signal(): AbortSignal {
    return this.#call.attemptSignal as AbortSignal // there was an attempt, or no permit
  }

  succeed(result?: unknown): void {
    this.#call.tell(true, result)
  }

  fail(error: unknown): number | undefined {
    this.#call.tell(false, error)
    return this.#call.retryAfterMs
  }

  release(): void {
    this.#call.release()
  }

  retry(): Permit | Refusal {
    const call = this.#call
    // Given up meanwhile, such as by a timeout around it.
    if (call.isOver && call.error !== undefined) throw call.error
    if (call.isOver || call.retryAfterMs === undefined) throw noAttempt()
    call.again()
    return call.refusal ?? this
  }
}

/** What is thrown for a `run` that cannot be called, as a rejection: doors that promise never throw. */
function wrongRun(run: never): unknown {
  try {
    return callable('run', run)
  } catch (error) {
    return error
  }
}
