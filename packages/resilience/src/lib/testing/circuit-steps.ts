import type { Verdict } from '../circuit-breaker/options.ts'
import type { CircuitSnapshot } from '../circuit-breaker/snapshot.ts'
import type { ForcedState } from '../circuit-breaker/states.ts'

/** One thing that happens to a circuit breaker. Plain data, so that schedules can be printed, shortened and run again. */
export type CircuitStep =
  | CallStep
  | EndStep
  | AbortStep
  | AdvanceStep
  | SetWallClockStep
  | ListenStep
  | RandomStep
  | ForceStep
  | RestoreStep
  | PlainStep

/** Somebody makes a call. */
export interface CallStep {
  /** The kind of step. */
  readonly do: 'call'
  /** Its number. */
  readonly call: number
  /** Through which door. */
  readonly door: 'execute' | 'tryExecute' | 'tryAcquire'
  /** What the function returns: a promise or a thenable that is settled by a later step, or its end, at once. */
  readonly returns: 'promise' | 'thenable' | Ending
  /** The caller's signal; `inside`: it is aborted while the function is on its first turn. */
  readonly signal: 'none' | 'live' | 'aborted' | 'inside'
  /** Whether the function goes on when its signal aborts. */
  readonly isDeaf: boolean
  /** A call that the function makes before it returns. */
  readonly nested?: CallStep | undefined
}

/** How a function ends. */
export interface Ending {
  /** Whether it returns or throws. */
  readonly ok: boolean
  /** What: an object, `undefined`, or something that a classifier has a say about, chokes on, or cannot even read. */
  readonly what: 'plain' | 'undefined' | 'refusal' | 'unreadable' | 'throws' | 'rubbish' | Verdict
}

/** A function ends; if its call is over already, again. */
export interface EndStep extends Ending {
  /** The kind of step. */
  readonly do: 'end'
  /** Which call. */
  readonly call: number
}

/** A caller gives up. */
export interface AbortStep {
  /** The kind of step. */
  readonly do: 'abort'
  /** Which call. */
  readonly call: number
}

/** Time passes. */
export interface AdvanceStep {
  /** The kind of step. */
  readonly do: 'advance'
  /** Milliseconds. */
  readonly ms: number
}

/** Somebody sets the machine's clock. No time passes. */
export interface SetWallClockStep {
  /** The kind of step. */
  readonly do: 'set wall clock'
  /** Milliseconds, either way. */
  readonly byMs: number
}

/** Somebody subscribes with a listener that makes trouble at each event. */
export interface ListenStep {
  /** The kind of step. */
  readonly do: 'listen'
  /** What it does: throws, calls the circuit breaker and succeeds or fails, or resets it. */
  readonly trouble: 'throws' | 'succeeds' | 'fails' | 'resets'
}

/** The source of jitter goes on with another number. */
export interface RandomStep {
  /** The kind of step. */
  readonly do: 'random'
  /** What it gives from now on. */
  readonly gives: number | 'an error'
}

/** Somebody holds it in a state. */
export interface ForceStep {
  /** The kind of step. */
  readonly do: 'force'
  /** Which one. */
  readonly state: ForcedState
}

/** Somebody restores the snapshot that was taken last. */
export interface RestoreStep {
  /** The kind of step. */
  readonly do: 'restore'
  /** What is written over it first. */
  readonly edit: Partial<Omit<CircuitSnapshot, 'version' | 'window'>>
  /** What is spoilt, so that it has to be refused. */
  readonly spoilt?: 'version' | 'state' | 'remainingMs' | 'openings' | 'failuresInARow' | 'window' | undefined
}

/** Steps that say all by their name. */
export interface PlainStep {
  /** The kind of step. */
  readonly do: 'reset' | 'explain' | 'snapshot'
}

/**
 * Puts a step in words.
 *
 * @param step The step.
 */
export function describeStep(step: CircuitStep): string {
  switch (step.do) {
    case 'call':
      return describeCall(step)
    case 'end':
      return `call ${step.call} ${describeEnding(step)}`
    case 'abort':
      return `the caller of call ${step.call} gives up`
    case 'advance':
      return `${step.ms} ms pass`
    case 'set wall clock':
      return `the wall clock is set ${Math.abs(step.byMs)} ms ${step.byMs < 0 ? 'back' : 'forward'}`
    case 'listen':
      return `a listener comes that ${step.trouble === 'throws' || step.trouble === 'resets' ? step.trouble : `calls and ${step.trouble}`}`
    case 'random':
      return `random gives ${step.gives} from now on`
    case 'force':
      return `force('${step.state}')`
    case 'restore':
      return `restore() with ${JSON.stringify(step.edit)}${step.spoilt === undefined ? '' : `, its ${step.spoilt} spoilt`}`
    default:
      return `${step.do}()`
  }
}

function describeCall({ call, door, returns, signal, isDeaf, nested }: CallStep): string {
  const signals = {
    none: '',
    live: ' with a signal',
    aborted: ' with an aborted signal',
    inside: ' with a signal that aborts inside',
  }
  const inner = nested === undefined ? '' : `, inside of which: ${describeCall(nested)};`
  const end = typeof returns === 'string' ? `returns a ${returns}` : describeEnding(returns)
  return `call ${call} by ${door}${signals[signal]}${isDeaf && signal !== 'none' ? ' that its function ignores' : ''}${inner} ${end}`
}

function describeEnding({ ok, what }: Ending): string {
  const values = {
    plain: 'plainly',
    undefined: 'with undefined',
    refusal: "with another policy's refusal",
    unreadable: 'with what cannot be read',
    throws: 'with what the classifier throws at',
    rubbish: 'with what the classifier answers rubbish to',
    success: 'with what the classifier calls a success',
    failure: 'with what the classifier calls a failure',
    ignored: 'with what the classifier ignores',
  }
  return `${ok ? 'succeeds' : 'fails'} ${values[what]}`
}
