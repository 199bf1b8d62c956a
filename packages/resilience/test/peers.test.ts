import { createCircuitBreaker } from '@breakwater/resilience'
import {
  type CircuitHazard,
  type CircuitModel,
  type CircuitPlan,
  type CircuitStep,
  type CircuitSubject,
  checkCircuitBreaker,
  toCircuitSubject,
} from '@breakwater/resilience/testing'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { cockatielBreakers, cockatielSubject, opossumSubject } from './peers.ts'

/** A failure that is known, and what makes it show. */
interface Finding {
  readonly finding: string
  readonly hazard: CircuitHazard
  readonly subject: CircuitSubject
  readonly plan: CircuitPlan
  /** What the checker says of it. */
  readonly says: RegExp
  /** Where it differs by design. */
  readonly only?: (step: CircuitStep, model: CircuitModel) => boolean
}

const consecutive = cockatielSubject(cockatielBreakers.consecutive)
const streak: CircuitPlan = { failureThreshold: 2, openForMs: 100, probes: 1 }

const findings: readonly Finding[] = [
  {
    finding: 'an old call that fails re-opens a half-open circuit of cockatiel',
    hazard: 'late-ends',
    subject: consecutive,
    plan: { ...streak, failureThreshold: 1 },
    says: /state is "open", not "half-open"/,
  },
  {
    finding: 'an old call that fails re-opens a half-open circuit of cockatiel with a count window',
    hazard: 'late-ends',
    subject: cockatielSubject(cockatielBreakers.count),
    plan: { failureRatio: 0.5, windowCalls: 4, minimumCalls: 2, openForMs: 100 },
    only: neverSucceeds,
    says: /state is "open", not "half-open"/,
  },
  {
    finding: 'a wall clock that is set back keeps a circuit of cockatiel open',
    hazard: 'wall-clock',
    subject: consecutive,
    plan: streak,
    only: (step) => step.do !== 'set wall clock' || step.byMs < 0,
    says: /ran 0 times, not once|state is "open", not "half-open"/,
  },
  {
    finding: 'callers queue up in a half-open circuit of cockatiel',
    hazard: 'crowds',
    subject: consecutive,
    plan: streak,
    says: /still waiting, and should have been refused/,
  },
  {
    finding: 'a probe that hangs makes every later caller of cockatiel wait',
    hazard: 'hung-probes',
    subject: consecutive,
    plan: streak,
    says: /ran 0 times, not once/,
  },
  {
    finding: 'a call inside of a probe of cockatiel waits for itself',
    hazard: 'nested-calls',
    subject: consecutive,
    plan: streak,
    says: /still waiting, and should have been refused/,
  },
  {
    finding: 'a probe that its caller gives up closes a circuit of cockatiel',
    hazard: 'aborted-probes',
    subject: consecutive,
    plan: streak,
    says: /state is "closed", not "half-open"/,
  },
  {
    finding: 'a listener that throws at successes trips cockatiel',
    hazard: 'throwing-listeners',
    subject: consecutive,
    plan: streak,
    says: /a listener is broken/,
  },
  {
    finding: 'the time window of cockatiel keeps failures that are an hour old',
    hazard: 'old-calls',
    subject: cockatielSubject(cockatielBreakers.sampling),
    plan: { failureRatio: 0.5, windowMs: 1_000, minimumCalls: 3, openForMs: 100 },
    only: neverSucceeds,
    says: /state is "open", not "closed"/,
  },
  {
    finding: 'late results change the state of opossum',
    hazard: 'late-ends',
    subject: opossumSubject(0),
    plan: { failureThreshold: 1, openForMs: 100 },
    says: /state is "(closed|open)", not "(half-open|open)"/,
  },
  {
    finding: 'calls that were refused dilute the failure rate of opossum',
    hazard: 'refused-calls',
    subject: opossumSubject(40),
    plan: { failureThreshold: 1, openForMs: 100 },
    only: oneAtATime,
    says: /state is "closed", not "open"/,
  },
  {
    finding: 'a listener that throws leaves the caller of opossum waiting',
    hazard: 'throwing-listeners',
    subject: opossumSubject(0),
    plan: { failureThreshold: 1, openForMs: 100 },
    says: /still waiting/,
  },
  {
    finding: 'a filter that throws leaves the caller of opossum waiting',
    hazard: 'throwing-filters',
    subject: opossumSubject(0),
    plan: { failureThreshold: 1, openForMs: 100, classifies: true },
    only: errorsAlone,
    says: /still waiting/,
  },
]

/** Their windows take in the probe that closed them, and are looked at after failures only. */
function neverSucceeds(step: CircuitStep): boolean {
  if (step.do === 'call') return typeof step.returns === 'string' || !step.returns.ok
  return step.do !== 'end' || !step.ok
}

/** It counts calls when they start, and never forgets those of an earlier state. */
function oneAtATime(step: CircuitStep, model: CircuitModel): boolean {
  if (step.do !== 'call') return step.do !== 'end' || !step.ok || model.state === 'half-open'
  return model.callsUnderWay === 0 && step.nested === undefined && step.returns === 'promise'
}

/** It cannot look at results; and an answer that is none is another matter. */
function errorsAlone(step: CircuitStep): boolean {
  const ending =
    step.do === 'end' ? step : step.do === 'call' && typeof step.returns !== 'string' ? step.returns : undefined
  return ending === undefined || ending.what === 'plain' || (!ending.ok && ending.what !== 'rubbish')
}

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
})
afterAll(() => {
  vi.useRealTimers()
})

/** Fake timers know no parts of a millisecond. */
function isWhole(step: CircuitStep): boolean {
  return step.do !== 'advance' || Number.isInteger(step.ms)
}

describe.for(findings)('$finding', ({ hazard, subject, plan, only: differs, says }) => {
  const only: Finding['only'] = (step, model) => isWhole(step) && (differs === undefined || differs(step, model))
  const base: readonly CircuitHazard[] = hazard === 'refused-calls' ? [] : ['refused-calls']

  test('without the hazard, it does what the model does', async () => {
    const { failure } = await checkCircuitBreaker(subject, { plan, only, hazards: base, schedules: 300 })
    expect(failure?.text).toBeUndefined()
  })

  test('with it, the checker finds it', async () => {
    const { failure } = await checkCircuitBreaker(subject, {
      plan,
      only,
      hazards: [...base, hazard],
      schedules: 5_000,
      shrinkRuns: 300,
    })
    expect(failure?.problem).toMatch(says)
  })

  test('ours holds', async () => {
    const ours = toCircuitSubject(createCircuitBreaker)
    const { failure } = await checkCircuitBreaker(ours, { plan, only, hazards: [...base, hazard], schedules: 300 })
    expect(failure?.text).toBeUndefined()
  })
})
