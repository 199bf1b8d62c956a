import type { CallStep, CircuitStep, Ending, RestoreStep } from './circuit-steps.ts'
import type { Dice } from './dice.ts'
import type { Lockstep } from './lockstep.ts'

/** What kinds of steps there are, each as often as it should come. */
const KINDS: readonly CircuitStep['do'][] = [
  ...Array<'call'>(32).fill('call'),
  ...Array<'end'>(26).fill('end'),
  ...Array<'advance'>(20).fill('advance'),
  ...Array<'abort'>(5).fill('abort'),
  ...Array<'explain'>(4).fill('explain'),
  ...Array<'set wall clock'>(2).fill('set wall clock'),
  ...Array<'listen'>(2).fill('listen'),
  'random',
  'force',
  'reset',
  'snapshot',
  'snapshot',
  'restore',
  'restore',
]

/** Makes schedules up while they run, so that steps meet the limits of what is under way. */
export class Generator {
  readonly #dice: Dice
  /** How often functions fail in this schedule. */
  readonly #failures: number
  #calls = 0

  constructor(dice: Dice) {
    this.#dice = dice
    this.#failures = dice.pick([0.2, 0.5, 0.9])
  }

  /**
   * The next step.
   *
   * @param lockstep Where things stand.
   */
  next(lockstep: Lockstep): CircuitStep {
    const dice = this.#dice
    const kind = dice.pick(KINDS)
    switch (kind) {
      case 'call':
        return this.#drawCall(lockstep, dice.chance(0.15) ? 'outer' : 'single')
      case 'end':
        return { do: 'end', call: this.#drawPast(lockstep), ...this.#drawEnding() }
      case 'abort':
        return { do: 'abort', call: this.#drawPast(lockstep) }
      case 'advance':
        return { do: 'advance', ms: this.#drawTime(lockstep) }
      case 'set wall clock':
        return { do: kind, byMs: dice.pick([-1, 1]) * dice.pick([1, 1_000, 3_600_000, 2 ** 31]) }
      case 'listen':
        return { do: 'listen', trouble: dice.pick(['throws', 'succeeds', 'fails', 'resets']) }
      case 'random':
        return { do: 'random', gives: dice.pick([0, 0.25, 0.984375, 1, -0.25, Number.NaN, 'an error']) }
      case 'force':
        return { do: 'force', state: dice.pick(['forced-open', 'disabled', 'metrics-only']) }
      case 'restore':
        return this.#drawRestore()
      default:
        return { do: kind }
    }
  }

  #drawCall(lockstep: Lockstep, kind: 'outer' | 'inner' | 'single'): CallStep {
    const dice = this.#dice
    const call = this.#calls++
    const drawn = dice.pick(['execute', 'execute', 'execute', 'tryExecute', 'tryAcquire'] as const)
    // Only a permit can end, and so change the state, while the function around it is on its first turn.
    const wanted = kind === 'inner' && dice.chance(0.4) ? 'tryAcquire' : drawn
    const door = wanted === 'execute' || lockstep.subject[wanted] !== undefined ? wanted : 'execute'
    const isAtOnce = kind !== 'outer' && dice.chance(kind === 'inner' ? 0.6 : 0.35)
    return {
      do: 'call',
      call,
      door,
      returns: isAtOnce ? this.#drawEnding() : dice.pick(['promise', 'promise', 'thenable'] as const),
      signal: dice.pick(['none', 'none', 'none', 'none', 'live', 'live', 'live', 'aborted', 'inside'] as const),
      isDeaf: dice.chance(0.3),
      ...(kind === 'outer' ? { nested: this.#drawCall(lockstep, 'inner') } : {}),
    }
  }

  #drawEnding(): Ending {
    const dice = this.#dice
    return {
      ok: !dice.chance(this.#failures),
      what: dice.chance(0.6)
        ? 'plain'
        : dice.pick([
            'undefined',
            'refusal',
            'unreadable',
            'throws',
            'rubbish',
            'success',
            'failure',
            'ignored',
          ] as const),
    }
  }

  /** Most often one that is under way, sometimes one that is not or never was. */
  #drawPast({ pairs }: Lockstep): number {
    const dice = this.#dice
    const open = [...pairs].filter(([, { should }]) => should.settled === undefined)
    const [call] = open.length > 0 && dice.chance(0.9) ? dice.pick(open) : [dice.between(0, this.#calls)]
    return call
  }

  /** Most often to just before, at, or just after a limit. */
  #drawTime({ model }: Lockstep): number {
    const dice = this.#dice
    const limit = dice.chance(0.75) ? dice.pick(model.limitsMs) : undefined
    if (limit === undefined) return dice.pick([0, 0.25, 1, 7, 60, 500, 3_600_000, 2 ** 31])
    return Math.max(limit + dice.pick([-1, -0.25, 0, 0, 0.25, 1]), 0)
  }

  #drawRestore(): RestoreStep {
    const dice = this.#dice
    return {
      do: 'restore',
      edit: {
        ...(dice.chance(0.4) ? { state: dice.pick(['open', 'closed']) } : {}),
        ...(dice.chance(0.4) ? { remainingMs: dice.pick([0, 1, 50, 1e12]) } : {}),
        ...(dice.chance(0.2) ? { openings: dice.between(0, 3) } : {}),
        ...(dice.chance(0.2) ? { failuresInARow: dice.between(0, 3) } : {}),
      },
      spoilt: dice.chance(0.2)
        ? dice.pick(['version', 'state', 'remainingMs', 'openings', 'failuresInARow', 'window'])
        : undefined,
    }
  }
}
