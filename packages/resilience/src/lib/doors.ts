import { tracingChannel } from 'node:diagnostics_channel'
import {
  callable,
  createEmitter,
  createOperation,
  type Emitter,
  type Measurement,
  type PolicyCallOptions,
} from '@breakwater/core'
import { Call } from './call.ts'
import { EXECUTE_CHANNEL, type FilterEvent, RESILIENCE_CHANNEL, type ResilienceEvent } from './events.ts'
import type { CallContext, Outcome, Permit, Refusal, ResiliencePolicy } from './policy.ts'
import type { Run, Stage } from './stage.ts'

/** Asked on every call, so that nothing is made for tracers that are not there. */
export const tracers: ReturnType<typeof tracingChannel> = tracingChannel(EXECUTE_CHANNEL)

/** The three doors, made of a policy's stages. A class, because there may be tens of thousands of policies. */
export abstract class StagedPolicy<extra = never> implements ResiliencePolicy<extra> {
  abstract readonly kind: string
  readonly name: string
  /** Outermost first. */
  abstract readonly stages: readonly Stage[]
  #emitter: Emitter<ResilienceEvent> | undefined = undefined

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
    return (
      tracers.hasSubscribers ? this.trace(() => this.#execute(run, options)) : this.#execute(run, options)
    ) as Promise<result | extra>
  }

  tryExecute<result>(
    run: (context: CallContext) => PromiseLike<result> | result,
    options?: PolicyCallOptions,
  ): Promise<Outcome<result | extra>> {
    return (
      tracers.hasSubscribers ? this.trace(() => this.#tryExecute(run, options)) : this.#tryExecute(run, options)
    ) as Promise<Outcome<result | extra>>
  }

  tryAcquire(): Permit | Refusal {
    const call = new Call(this.stages, undefined, undefined, undefined)
    call.start()
    return call.refusal ?? new CallPermit(call)
  }

  /** Lets tracers follow what is done. */
  protected trace<result>(run: () => Promise<result>): Promise<result> {
    return createOperation<{ kind: string }>(EXECUTE_CHANNEL, this.name).trace({ kind: this.kind }, run)
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

  #execute(run: Run, options: PolicyCallOptions | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      new Call(this.stages, callable('run', run), options?.signal, (call) => {
        if (call.ok) resolve(call.value)
        else reject(call.error)
      }).start()
    })
  }

  #tryExecute(run: Run, options: PolicyCallOptions | undefined): Promise<Outcome<unknown>> {
    return new Promise((resolve) => {
      new Call(this.stages, callable('run', run), options?.signal, (call) =>
        resolve(call.ok ? { ok: true, value: call.value } : new Failure(call.value, call.refusal)),
      ).start()
    })
  }
}

/** The error of a refusal is made for who reads it. */
class Failure {
  readonly ok: false = false
  readonly refusal: Refusal | undefined
  readonly #error: unknown

  constructor(error: unknown, refusal: Refusal | undefined) {
    this.#error = error
    this.refusal = refusal
  }

  get error(): unknown {
    return this.refusal === undefined ? this.#error : this.refusal.error
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
    if (this.#call.retryAfterMs === undefined)
      throw new Error('Cannot retry as no attempt was announced: see what `fail` returned')
    this.#call.again()
    return this.#call.refusal ?? this
  }
}
