import type { CallPair } from './call-pair.ts'
import type { CircuitModel } from './circuit-model.ts'
import type { CallStep, CircuitStep, Ending } from './circuit-steps.ts'
import type { Lockstep } from './lockstep.ts'

/**
 * Something that goes wrong in some circuit breakers, and that schedules can be kept free of.
 *
 * - `late-ends`: a call ends in another state than it was let in.
 * - `refused-calls`: calls while it is open.
 * - `crowds`: more callers in half-open than there are probes.
 * - `hung-probes`: a probe takes longer than its lease.
 * - `nested-calls`: a function calls the same circuit breaker.
 * - `aborted-probes`, `aborted-calls`: callers give up, a probe or another call; `deaf-functions` do not listen.
 * - `ignored-probes`: the end of a probe says nothing.
 * - `old-calls`: time passes while there are calls in the window.
 * - `wall-clock`: the machine's clock is set.
 * - `throwing-listeners`, `calling-listeners`: listeners that throw, or call the circuit breaker.
 * - `throwing-filters`: classifiers, or the source of jitter, that throw or answer rubbish.
 * - `odd-values`: thenables, and results and errors that are no objects or cannot be read; refusals of other policies.
 * - `by-hand`: states are forced, reset, saved and restored.
 */
export type CircuitHazard = (typeof CIRCUIT_HAZARDS)[number]

/** All of them. */
export const CIRCUIT_HAZARDS = [
  'late-ends',
  'refused-calls',
  'crowds',
  'hung-probes',
  'nested-calls',
  'aborted-probes',
  'aborted-calls',
  'deaf-functions',
  'ignored-probes',
  'old-calls',
  'wall-clock',
  'throwing-listeners',
  'calling-listeners',
  'throwing-filters',
  'odd-values',
  'by-hand',
] as const

/**
 * Finds the hazards of a step.
 *
 * @param step What is about to happen.
 * @param lockstep To what.
 */
export function hazardsOf(step: CircuitStep, { model, pairs }: Lockstep): readonly CircuitHazard[] {
  switch (step.do) {
    case 'call':
      return [...ofCall(step, model), ...(step.nested === undefined ? [] : (['nested-calls'] as const))]
    case 'end': {
      const pair = pairs.get(step.call)
      return pair === undefined ? [] : [...ofEnding(step), ...ofEnd(pair, model, step)]
    }
    case 'abort': {
      const pair = pairs.get(step.call)
      if (pair === undefined) return []
      return [model.state === 'half-open' ? 'aborted-probes' : 'aborted-calls', ...ofEnd(pair, model)]
    }
    case 'advance': {
      const isHung = model.probesUnderWay.some(
        (probe) => model.options.clock.now() + step.ms - probe.startedAtMs >= leaseMs(model),
      )
      return [...(isHung ? (['hung-probes'] as const) : []), ...(model.windowSize > 0 ? (['old-calls'] as const) : [])]
    }
    case 'set wall clock':
      return ['wall-clock']
    case 'listen':
      return [step.trouble === 'throws' ? 'throwing-listeners' : 'calling-listeners']
    case 'random':
      return typeof step.gives === 'number' && step.gives >= 0 && step.gives < 1 ? [] : ['throwing-filters']
    default:
      return step.do === 'explain' ? [] : ['by-hand']
  }
}

function ofCall(step: CallStep, model: CircuitModel): CircuitHazard[] {
  const hazards: CircuitHazard[] = []
  const { isFull, isShut } = outlook(model)
  if (isShut) hazards.push('refused-calls')
  if (isFull) hazards.push('crowds')
  if (step.signal === 'aborted' || step.signal === 'inside')
    hazards.push(model.state === 'closed' ? 'aborted-calls' : 'aborted-probes')
  if (step.isDeaf) hazards.push('deaf-functions')
  if (step.returns === 'thenable') hazards.push('odd-values')
  if (typeof step.returns === 'string') return hazards
  if (model.state !== 'closed' && isIgnored(step.returns)) hazards.push('ignored-probes')
  return [...hazards, ...ofEnding(step.returns)]
}

function ofEnding({ ok, what }: Ending): CircuitHazard[] {
  if (what === 'throws' || what === 'rubbish') return ['throwing-filters']
  return what === 'undefined' || what === 'refusal' || (what === 'unreadable' && !ok) ? ['odd-values'] : []
}

function ofEnd({ should }: CallPair, model: CircuitModel, ending?: Ending): CircuitHazard[] {
  if (should.model === undefined || should.settled !== undefined) return []
  if (model.isLate(should.model)) return ['late-ends']
  return ending !== undefined && model.state === 'half-open' && isIgnored(ending) ? ['ignored-probes'] : []
}

function isIgnored({ ok, what }: Ending): boolean {
  return what === 'ignored' || (what === 'refusal' && !ok)
}

function outlook(model: CircuitModel): { readonly isFull: boolean; readonly isShut: boolean } {
  const { probesUnderWay, state, options } = model
  const now = options.clock.now()
  const isHeld = probesUnderWay.every((probe) => now - probe.startedAtMs < leaseMs(model))
  return {
    isShut: state === 'forced-open' || (state === 'open' && model.waitMs > 0),
    isFull: state === 'half-open' && isHeld && !model.hasPlace,
  }
}

function leaseMs({ options }: CircuitModel): number {
  return Math.min(options.slowCallMs, options.probeLeaseMs)
}
