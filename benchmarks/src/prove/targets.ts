import type { OverheadReport } from './overhead/measure.ts'
import type { PhaseReport } from './run-phase.ts'

/** What is to be reached, and what was. */
export interface JudgedTarget {
  readonly what: string
  /** What it has to be. */
  readonly target: string
  /** What it should be. */
  readonly aim: string
  readonly measured: string
  readonly verdict: 'pass' | 'miss' | 'void' | 'not measured'
  /** Whether the aim is reached, too. */
  readonly isAimed: boolean
}

/** What was measured beside the phases. */
export interface Extras {
  /** Milliseconds from the start of each instance until it was ready. */
  readonly readyMs: readonly number[]
  /** What came of more WebSockets than there may be, at one instance. */
  readonly crowd: { readonly opened: number; readonly refused: number; readonly other: number } | undefined
  /** Places that were left. */
  readonly crowdPlaces: number
  /** What a creation was answered when there were as many tasks as may be. */
  readonly fullStatus: number | undefined
}

/** A number that has to be at most, or at least, something. */
interface Bound {
  readonly what: string
  readonly unit: string
  readonly target: number
  readonly aim: number
  readonly isLeast?: boolean
  readonly of: (inputs: Inputs) => number | undefined
  /** Whose load it depends on. */
  readonly phase?: string
}

interface Inputs {
  readonly phases: ReadonlyMap<string, PhaseReport>
  readonly overhead: OverheadReport | undefined
  readonly extras: Extras
}

function ofEach(make: (phase: string, where: string) => readonly Bound[]): readonly Bound[] {
  return [
    ...make('quarter', 'one instance, a quarter of the load'),
    ...make('one', 'one instance'),
    ...make('base', 'three instances'),
  ]
}

const BOUNDS: readonly Bound[] = [
  ...ofEach((phase, where) => [
    {
      what: `Requests answered, of those that were due, ${where}`,
      unit: '%',
      target: 99,
      aim: 99,
      isLeast: true,
      phase,
      of: percentOf(answeredOf(phase)),
    },
    { what: `Requests refused, failed or late, ${where}`, unit: '', target: 0, aim: 0, phase, of: lostOf(phase) },
    {
      what: `Mean answer, ${where}`,
      unit: 'ms',
      target: 80,
      aim: 20,
      phase,
      of: (inputs) => inputs.phases.get(phase)?.clients.all.mean,
    },
    {
      what: `95 % of answers, ${where}`,
      unit: 'ms',
      target: 200,
      aim: 60,
      phase,
      of: (inputs) => inputs.phases.get(phase)?.clients.all.p95,
    },
    {
      what: `Mean answer, last third over first, ${where}`,
      unit: 'times',
      target: 1.5,
      aim: 1.2,
      phase,
      of: growthOf(phase),
    },
    {
      what: `99 % of WebSocket messages, ${where}`,
      unit: 'ms',
      target: 50,
      aim: 20,
      phase,
      of: (inputs) => inputs.phases.get(phase)?.clients.messages.p99,
    },
    {
      what: `99 % of live updates at every other client, ${where}`,
      unit: 'ms',
      target: 100,
      aim: 40,
      phase,
      of: (inputs) => inputs.phases.get(phase)?.clients.updates.p99,
    },
    {
      what: `Cache hit rate, ${where}`,
      unit: '%',
      target: 60,
      aim: 90,
      isLeast: true,
      phase,
      of: percentOf((inputs) => inputs.phases.get(phase)?.hitRatio),
    },
    {
      what: `Largest memory of an instance, ${where}`,
      unit: 'MB',
      target: 400,
      aim: 256,
      phase,
      of: memoryOf([phase]),
    },
    {
      what: `Mbit/s to the busiest WebSocket, ${where}`,
      unit: 'Mbit/s',
      target: 1,
      aim: 1,
      phase,
      of: (inputs) => inputs.phases.get(phase)?.clients.busiestSocketMbits,
    },
    {
      what: `Mbit/s to all WebSockets, ${where}`,
      unit: 'Mbit/s',
      target: 100,
      aim: 100,
      phase,
      of: (inputs) => inputs.phases.get(phase)?.clients.socketMbits,
    },
  ]),
  { what: 'Largest memory of an instance, whatever happened', unit: 'MB', target: 400, aim: 256, of: memoryOf() },
  {
    what: 'Memory after everything, over that at first',
    unit: 'times',
    target: 1.25,
    aim: 1.1,
    phase: 'after',
    of: flatnessOf,
  },
  { what: 'Requests lost while an instance is replaced', unit: '', target: 0, aim: 0, of: unansweredOf('replace') },
  {
    what: 'Ready after start, the slowest instance',
    unit: 'ms',
    target: 2_000,
    aim: 2_000,
    of: ({ extras }) => largest(extras.readyMs),
  },
  { what: 'WebSockets at once, one instance', unit: '', target: 100, aim: 500, isLeast: true, of: socketsOf },
  {
    what: 'All packages, CPU per request over the same server without',
    unit: '%',
    target: 10,
    aim: 10,
    of: ({ overhead }) => (overhead?.isVoid === false ? overhead.loads[0]?.addedPercent : undefined),
  },
]

/**
 * Judges every target.
 *
 * @param phases What came of the runs.
 * @param overhead What packages cost.
 * @param extras What else was measured.
 */
export function judgeTargets(
  phases: readonly PhaseReport[],
  overhead: OverheadReport | undefined,
  extras: Extras,
): readonly JudgedTarget[] {
  const inputs = { phases: new Map(phases.map((phase) => [phase.id, phase])), overhead, extras }
  return [...BOUNDS.map((bound) => judge(bound, inputs)), ...limits(extras)]
}

function judge({ what, unit, target, aim, isLeast = false, of, phase = '' }: Bound, inputs: Inputs): JudgedTarget {
  const value = of(inputs)
  const show = (number: number): string => `${toText(number)}${unit === '' ? '' : ` ${unit}`}`
  const reaches = (bound: number): boolean => value !== undefined && (isLeast ? value >= bound : value <= bound)
  const isVoid = inputs.phases.get(phase)?.isVoid === true
  const sign = isLeast ? '≥' : '≤'
  return {
    what,
    target: `${sign} ${show(target)}`,
    aim: `${sign} ${show(aim)}`,
    measured: value === undefined ? '' : show(value),
    verdict: value === undefined ? 'not measured' : isVoid ? 'void' : reaches(target) ? 'pass' : 'miss',
    isAimed: reaches(aim) && !isVoid,
  }
}

/** Limits that have to be told clearly. */
function limits({ crowd, crowdPlaces, fullStatus }: Extras): readonly JudgedTarget[] {
  // One that has too much to do may refuse more.
  const isRight = crowd !== undefined && crowd.other === 0 && crowd.opened <= crowdPlaces
  return [
    {
      what: 'WebSockets beyond MAX_CONNECTIONS',
      target: '503 with Retry-After',
      aim: '',
      measured:
        crowd === undefined ? '' : `${crowd.opened} opened, ${crowd.refused} refused so, ${crowd.other} otherwise`,
      verdict: crowd === undefined ? 'not measured' : isRight ? 'pass' : 'miss',
      isAimed: isRight,
    },
    {
      what: 'A task beyond MAX_TASKS',
      target: '409',
      aim: '',
      measured: fullStatus === undefined ? '' : String(fullStatus),
      verdict: fullStatus === undefined ? 'not measured' : fullStatus === 409 ? 'pass' : 'miss',
      isAimed: fullStatus === 409,
    },
  ]
}

function answeredOf(phase: string): Bound['of'] {
  return ({ phases }) => {
    const outcomes = phases.get(phase)?.clients.outcomes
    return outcomes && outcomes.ok / outcomes.due
  }
}

function lostOf(phase: string): Bound['of'] {
  return ({ phases }) => {
    const outcomes = phases.get(phase)?.clients.outcomes
    return outcomes && outcomes.due - outcomes.ok
  }
}

function unansweredOf(phase: string): Bound['of'] {
  return ({ phases }) => {
    const outcomes = phases.get(phase)?.clients.outcomes
    return outcomes && outcomes.failed + outcomes.late + outcomes.unsent
  }
}

function growthOf(phase: string): Bound['of'] {
  return ({ phases }) => {
    const seconds = phases.get(phase)?.clients.seconds
    if (seconds === undefined || seconds.length < 3) return undefined
    const third = Math.floor(seconds.length / 3)
    const mean = (some: typeof seconds): number => some.reduce((sum, { mean: ms }) => sum + ms, 0) / some.length
    return mean(seconds.slice(-third)) / mean(seconds.slice(0, third))
  }
}

function memoryOf(ids?: readonly string[]): Bound['of'] {
  return ({ phases }) =>
    largest(
      [...phases.values()].filter(({ id }) => ids?.includes(id) ?? true).flatMap((phase) => instancesOf(phase).flat()),
    )
}

/** Medians of both, so that neither a collection of garbage nor the lack of one counts. */
function flatnessOf({ phases }: Inputs): number | undefined {
  const [first, last] = ['base', 'after'].map((id) => {
    const phase = phases.get(id)
    return phase && median(instancesOf(phase).flatMap((series) => series.slice(-Math.ceil(series.length / 2))))
  })
  return first === undefined || last === undefined ? undefined : last / first
}

function instancesOf({ samples }: PhaseReport): readonly (readonly number[])[] {
  return Object.entries(samples.rssMb).flatMap(([name, series]) => (name.startsWith('instance') ? [series] : []))
}

/** All of them were there, all the time. */
function socketsOf({ phases }: Inputs): number | undefined {
  return phases.get('one')?.sockets
}

function percentOf(of: (inputs: Inputs) => number | undefined): Bound['of'] {
  return (inputs) => {
    const value = of(inputs)
    return value && value * 100
  }
}

function largest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((most, value) => Math.max(most, value), -Infinity)
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

/**
 * Shows a number with as many digits as it deserves.
 *
 * @param value The number.
 */
export function toText(value: number): string {
  const size = Math.abs(value)
  if (Number.isInteger(value)) return value.toLocaleString('en')
  return size >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))
}
