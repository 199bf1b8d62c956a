import type { Measurement, Policy, PolicyCallOptions, PolicyContext } from '@breakwater/core'
import { StagedPolicy } from '../doors.ts'
import type { ResilienceEvent } from '../events.ts'
import { counter, labelled } from '../measurements.ts'
import type { CallContext, Outcome, Permit, Refusal, ResiliencePolicy } from '../policy.ts'
import type { OngoingCall, Stage } from '../stage.ts'
import { findOddOrders, type Placed } from './order.ts'

/** What may stand in a pipeline: the policies of this package, and any other that can `execute`. */
export type PipelinePart = Policy | ResiliencePolicy<unknown>

/** What calls through a policy may result in beside what their function returns. */
export type ExtraOf<part> = part extends { readonly '~extra'?: (() => infer extra) | undefined } ? extra : never

/** Several policies as one. */
export interface Pipeline<extra = never> extends ResiliencePolicy<extra> {
  /** What it is made of, outermost first; of pipelines in it, their parts. Hand them to whoever reads numbers. */
  readonly policies: readonly PipelinePart[]
}

/**
 * Makes several policies one. The first is outermost: it sees a call first and its end last.
 *
 * The parts are put in one row here and now, so that a call costs one promise, however many they are. Policies of others
 * (any object with `execute`) fit in as well, but cost their own promises and have no permits.
 *
 * A usual order is fallback, retry, circuit breaker, bulkhead, timeout. What makes no sense, such as a fallback that hides
 * failures from the circuit breaker around it, is told as a process warning with the code `BREAKWATER_PIPELINE_ORDER`.
 *
 * @param policies Outermost first.
 * @returns One policy, named like its parts.
 * @throws {TypeError} If there are none, one is no policy, or one is there twice.
 *
 * @example
 * ```ts
 * const retry = createRetry({ name: 'payments' })
 * const breaker = createCircuitBreaker({ name: 'payments' })
 * const timeout = createTimeout({ name: 'payments', limitMs: 2_000 })
 * const payments = pipeline(retry, breaker, timeout)
 * const receipt = await payments.execute(({ signal }) => fetch('https://payments.example/charge', { signal }))
 * ```
 */
export function pipeline<parts extends readonly PipelinePart[]>(...policies: parts): Pipeline<ExtraOf<parts[number]>> {
  const parts = policies.flatMap((policy) => (policy instanceof FlatPipeline ? policy.policies : [checkPart(policy)]))
  if (parts.length === 0) throw new TypeError('Expected `policies` to be at least one policy, got none')
  const twice = parts.findIndex((part, index) => parts.indexOf(part) !== index)
  if (twice !== -1) throw new TypeError(`Expected \`policies\` to be different ones, got ${nameOf(parts[twice])} twice`)
  for (const odd of findOddOrders(parts.filter((part): part is PipelinePart & Placed => 'kind' in part)))
    process.emitWarning(odd, { type: 'BreakwaterWarning', code: 'BREAKWATER_PIPELINE_ORDER' })
  return new FlatPipeline(parts) as Pipeline<ExtraOf<parts[number]>>
}

class FlatPipeline extends StagedPolicy<unknown> implements Pipeline<unknown>, Stage {
  readonly kind = 'pipeline'
  readonly policies: readonly PipelinePart[]
  /** Up to the first policy of others; its own numbers are counted around them. */
  readonly stages: readonly Stage[]
  /** That policy, and what is inside of it. */
  readonly #foreign: Policy | undefined
  readonly #inner: FlatPipeline | undefined
  #succeeded = 0
  #failed = 0
  #refused = 0
  #abandoned = 0

  constructor(parts: readonly PipelinePart[]) {
    super([...new Set(parts.map(nameOf))].join(', '))
    const ours = parts.findIndex((part) => !(part instanceof StagedPolicy))
    const flat = (ours === -1 ? parts : parts.slice(0, ours)) as readonly StagedPolicy<unknown>[]
    this.policies = parts
    this.stages = [this, ...flat.flatMap(({ stages }) => stages)]
    this.#foreign = parts[ours] as Policy | undefined
    this.#inner = ours === -1 || ours === parts.length - 1 ? undefined : new FlatPipeline(parts.slice(ours + 1))
  }

  enter(): undefined {}

  leave(call: OngoingCall): undefined {
    if (call.abandoned) this.#abandoned++
    else if (call.ok) this.#succeeded++
    else if (call.refusal === undefined) this.#failed++
    else this.#refused++
  }

  override execute<result>(run: (context: CallContext) => PromiseLike<result> | result, options?: PolicyCallOptions) {
    return super.execute(this.#through(run), options)
  }

  override tryExecute<result>(
    run: (context: CallContext) => PromiseLike<result> | result,
    options?: PolicyCallOptions,
  ): Promise<Outcome<unknown>> {
    return super.tryExecute(this.#through(run), options)
  }

  override tryAcquire(): Permit | Refusal {
    if (this.#foreign === undefined) return super.tryAcquire()
    throw new TypeError(`Cannot hand out permits as ${nameOf(this.#foreign)} has none: use \`execute\``)
  }

  override subscribe(listener: (event: ResilienceEvent) => void): () => void {
    const stops = this.policies.flatMap((policy) => (policy instanceof StagedPolicy ? policy.subscribe(listener) : []))
    return () => {
      for (const stop of stops) stop()
    }
  }

  measure(): readonly Measurement[] {
    return labelled(counter, 'pipeline_calls_total', 'Calls, by how they ended for who made them', 'outcome', {
      success: this.#succeeded,
      failure: this.#failed,
      refused: this.#refused,
      abandoned: this.#abandoned,
    })
  }

  /** Puts the policy of others, and what is inside of it, around the function. */
  #through<result>(
    run: (context: CallContext) => PromiseLike<result> | result,
  ): (context: CallContext) => PromiseLike<unknown> | result {
    const foreign = this.#foreign
    const inner = this.#inner
    if (foreign === undefined || typeof run !== 'function') return run
    return (outer) =>
      foreign.execute(
        // Others may hand over less than the port asks for.
        (context?: Partial<PolicyContext>) => {
          const signal = context?.signal ?? outer.signal
          if (inner === undefined) return run({ signal, attempt: outer.attempt })
          return inner.execute(({ signal, attempt }) => run({ signal, attempt: Math.max(outer.attempt, attempt) }), {
            signal,
          })
        },
        { signal: outer.signal },
      )
  }
}

function checkPart(part: PipelinePart): PipelinePart {
  if (typeof (part as Partial<Policy> | null | undefined)?.execute === 'function') return part
  throw new TypeError(`Expected \`policies\` to be policies, got ${part === null ? 'null' : typeof part}`)
}

function nameOf(part: PipelinePart | undefined): string {
  const { name } = (part ?? {}) as { name?: unknown }
  return typeof name === 'string' ? name : 'a policy without a name'
}
