import type { CallPair, Settled } from './call-pair.ts'
import type { ModelCounts } from './circuit-model.ts'
import type { Lockstep } from './lockstep.ts'

/** Closer than anything that is compared could differ, and wider than sums of fractions may. */
const TOLERANCE = 1e-9

/**
 * Compares what is with what should be.
 *
 * @param lockstep After a step.
 * @param uncaught How many exceptions have surfaced in this schedule.
 * @returns What is wrong, if anything.
 */
export function findDifference(lockstep: Lockstep, uncaught: number): string | undefined {
  const { model, problems, subject } = lockstep
  for (const pair of lockstep.pairs.values()) {
    const difference = compareCall(pair)
    if (difference !== undefined) return difference
  }
  if (subject.state !== model.state) return `its state is "${subject.state}", not "${model.state}"`
  if (problems.length > 0) return problems[0]
  if (subject.subscribe !== undefined) {
    const difference =
      compareEvents(lockstep) ?? compareLists('listeners that call back', lockstep.isLog, lockstep.shouldLog)
    if (difference !== undefined) return difference
    if (uncaught !== lockstep.uncaught) return `${uncaught} exceptions surfaced, not ${lockstep.uncaught}`
  }
  if ((subject.pendingTimers ?? 0) > 0) return `${subject.pendingTimers} timers are waiting, not 0`
  return undefined
}

function compareCall({ step, is, should }: CallPair): string | undefined {
  const name = `call ${step.call}`
  if (is.runs !== should.runs) return `${name} ran ${times(is.runs)}, not ${times(should.runs)}`
  if (is.settled === undefined && should.settled === undefined) return undefined
  if (is.settled === undefined) return `${name} is still waiting, and should have been ${describe(should.settled)}`
  if (!isSame(is.settled, should.settled))
    return `${name} was ${describe(is.settled)}, and should ${should.settled === undefined ? 'still be waiting' : `have been ${describe(should.settled)}`}`
  if (should.isAborted && is.signal?.aborted === false)
    return `${name} was given up, and its function's signal does not say so`
  return undefined
}

function isSame(is: Settled, should: Settled | undefined): boolean {
  if (is.how !== 'refused') return is.how === should?.how && Object.is(is.value, should.value)
  if (should?.how !== 'refused') return false
  return is.retryAfterMs === undefined || isClose(is.retryAfterMs, should.retryAfterMs)
}

function describe(settled: Settled | undefined): string {
  if (settled?.how === 'refused') return `refused for ${settled.retryAfterMs} ms`
  return settled?.how === 'returned'
    ? `resolved with ${shown(settled.value)}`
    : `rejected with ${shown(settled?.value)}`
}

function compareEvents({ heard, model }: Lockstep): string | undefined {
  return compareLists('events', heard, model.events)
}

function compareLists(what: string, is: readonly unknown[], should: readonly unknown[]): string | undefined {
  for (let index = 0; index < Math.max(is.length, should.length); index++) {
    if (contains(is[index], should[index])) continue
    return `${what}: number ${index + 1} is ${shown(is[index])}, not ${shown(should[index])}`
  }
  return undefined
}

/** Whether it says all that it should; it may say more. */
function contains(is: unknown, should: unknown): boolean {
  if (typeof should !== 'object' || should === null || should instanceof Error) return isClose(is, should)
  if (typeof is !== 'object' || is === null) return false
  return Object.entries(should).every(([key, value]) =>
    key === 'error'
      ? Object.is((is as Record<string, unknown>)[key], value)
      : isClose((is as Record<string, unknown>)[key], value),
  )
}

/**
 * Compares what was counted: once for each schedule, as a number that is wrong stays so.
 *
 * @param lockstep At the end.
 * @returns What is wrong, if anything.
 */
export function findMiscount({ model, subject }: Lockstep): string | undefined {
  if (subject.measure === undefined) return undefined
  const should = toNumbers(model.count())
  should.set(`breaker_state ${model.state}`, 1)
  for (const { name, labels = {}, value } of subject.measure()) {
    const key = [name, ...Object.values(labels)].join(' ')
    if (key.endsWith('_ratio')) continue
    if (!isClose(value, should.get(key) ?? 0))
      return `measure() says ${key} is ${String(value)}, not ${should.get(key) ?? 0}`
    should.delete(key)
  }
  const [missing] = [...should].filter(([, value]) => value !== 0)
  return missing && `measure() does not say that ${missing[0]} is ${missing[1]}`
}

function toNumbers({ calls, refused, opened, expiredProbes, openMs }: ModelCounts): Map<string, number> {
  return new Map([
    ...Object.entries(calls).map(([outcome, count]): [string, number] => [`breaker_calls_total ${outcome}`, count]),
    ['breaker_refused_total', refused],
    ['breaker_opened_total', opened],
    ['breaker_probes_expired_total', expiredProbes],
    ['breaker_open_seconds_total', openMs / 1_000],
  ])
}

function isClose(is: unknown, should: unknown): boolean {
  if (typeof is !== 'number' || typeof should !== 'number') return Object.is(is, should)
  return is === should || Math.abs(is - should) <= TOLERANCE * Math.max(1, Math.abs(should))
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}

/** Short, and of anything. */
function shown(value: unknown): string {
  try {
    if (value instanceof Error) return `the error "${value.message}"`
    return (JSON.stringify(value) ?? String(value)).slice(0, 200)
  } catch {
    return 'something that cannot be read'
  }
}
