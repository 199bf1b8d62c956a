import type { Clock } from '@breakwater/core'
import type { CircuitBreakerOptions, Verdict } from '../circuit-breaker/options.ts'
import { CircuitOpenError } from '../errors.ts'
import type { Ending, RandomStep } from './circuit-steps.ts'
import type { Dice } from './dice.ts'

/** Options of a circuit breaker as plain data. */
export interface CircuitPlan
  extends Omit<CircuitBreakerOptions, 'name' | 'classifyError' | 'classifyResult' | 'random' | 'clock'> {
  /** Whether results and errors are classified. */
  readonly classifies?: boolean | undefined
}

/**
 * Options at random: every kind of window, with numbers so small that a short schedule reaches each limit. They and all
 * that is computed of them are sums of powers of two, so that no rounding decides.
 *
 * @param dice Where they come from.
 */
export function drawPlan(dice: Dice): CircuitPlan {
  const kinds = dice.pick(['streak', 'streak', 'failures', 'failures', 'slow', 'both', 'all'] as const)
  const hasFailures = kinds === 'failures' || kinds === 'both' || kinds === 'all'
  const hasSlow = kinds === 'slow' || kinds === 'both' || kinds === 'all'
  const hasWindow = hasFailures || hasSlow
  const isTimed = hasWindow && dice.chance(0.5)
  const windowCalls = dice.between(1, 8)
  const openForMs = dice.pick([0, 1, 10, 100, 100, 1_000, 2 ** 31 + 1_000])
  const rampMs = dice.pick([0, 0, 0, 10, 100])
  const plan: CircuitPlan = {
    openForMs,
    probes: dice.pick([1, 1, 2, 3, 5]),
    probeSuccessRatio: dice.pick([0.25, 0.5, 0.75, 1, 1]),
    classifies: dice.chance(0.6),
    ...(kinds === 'streak' || kinds === 'all' ? { failureThreshold: dice.between(1, 4) } : {}),
    ...(hasFailures ? { failureRatio: dice.pick([0.25, 0.5, 0.75, 1]) } : {}),
    ...(hasSlow ? { slowCallRatio: dice.pick([0.25, 0.5, 1]), slowCallMs: dice.pick([1, 10, 50, 200]) } : {}),
    ...(isTimed ? { windowMs: dice.pick([5, 40, 100, 1_000]) } : hasWindow ? { windowCalls } : {}),
    ...(hasWindow ? { minimumCalls: dice.between(1, isTimed ? 4 : windowCalls) } : {}),
    ...(rampMs > 0 ? { rampMs } : {}),
    ...(openForMs === 0 || dice.chance(0.5) ? { probeLeaseMs: dice.pick([1, 10, 50, 1_000]) } : {}),
    ...(dice.chance(0.4) ? { openBackoffFactor: dice.pick([1.5, 2]) } : {}),
    ...(dice.chance(0.3) ? { maxOpenForMs: openForMs * dice.pick([1, 2, 4]) } : {}),
    ...(dice.chance(0.3) ? { openJitterRatio: dice.pick([0.25, 0.5, 1]) } : {}),
  }
  return plan
}

/**
 * Makes options of a plan.
 *
 * @param plan The plan.
 * @param random What the source of jitter gives now.
 * @param clock The clock, if it is known.
 */
export function toOptions(
  { classifies, ...plan }: CircuitPlan,
  random: () => RandomStep['gives'],
  clock?: Clock,
): CircuitBreakerOptions {
  return {
    name: 'checked',
    ...plan,
    ...(classifies
      ? {
          classifyError: (error) => classify(error, 'failure'),
          classifyResult: (result) => classify(result, 'success'),
        }
      : {}),
    random: () => {
      const gives = random()
      if (gives === 'an error') throw RANDOM_ERROR
      return gives
    },
    clock,
  }
}

const RANDOM_ERROR = new Error('random is broken')

/** What a function of a schedule returns or throws, if it is an object. */
interface Said {
  readonly says?: Ending['what'] | undefined
}

/**
 * What a function returns or throws: something new each time, so that mix-ups show.
 *
 * @param call By which call.
 * @param ending How it ends.
 */
export function toValue(call: number, { ok, what }: Ending): unknown {
  if (what === 'undefined') return undefined
  if (what === 'refusal') return new CircuitOpenError(`another, called by ${call}`, 1)
  // Promises read the `then` of what they resolve to, so only errors can be that bad.
  if (what === 'unreadable' && !ok)
    return new Proxy({}, { get: unreadable, has: unreadable, getPrototypeOf: unreadable })
  return { [ok ? 'result' : 'error']: call, says: what }
}

function unreadable(): never {
  throw new Error('cannot be read')
}

function classify(value: unknown, otherwise: Verdict): Verdict {
  const says = saying(value)
  if (says === 'throws') throw value
  if (says === 'rubbish') return 'rubbish' as Verdict
  return says === 'success' || says === 'failure' || says === 'ignored' ? says : otherwise
}

function saying(value: unknown): Ending['what'] | undefined {
  try {
    return (value as Said | undefined)?.says
  } catch {
    return undefined
  }
}
