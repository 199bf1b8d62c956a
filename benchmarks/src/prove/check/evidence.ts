import type { Call, LiveHistory, Stored } from '../history.ts'

/** Everything that is known of a run, from outside of the server. */
export interface Evidence {
  /** The database before it, when nothing was going on. */
  readonly before: Stored
  /** What every client did. */
  readonly calls: readonly Call[]
  /** What every socket saw. */
  readonly live: readonly LiveHistory[]
  /** The database after it, when everything had come to its end. */
  readonly after: Stored
  /** What was promised meanwhile. */
  readonly promises: Promises
}

/** How old a read may be. */
export interface Promises {
  /** Milliseconds within which a change through one instance is seen through all others. */
  readonly seenMs: number
  /** While what instances hear of each other through is away. */
  readonly cutOff?: CutOff | undefined
  /** Address at which two processes served for a while: what one did is not its own to the other. */
  readonly shared?: string | undefined
}

/** A time in which each instance was by itself. */
export interface CutOff {
  /** From then on. */
  readonly fromMs: number
  /** Then some may have been back. */
  readonly backMs: number
  /** Then all were back, and had told what had waited. */
  readonly toMs: number
  /** Milliseconds within which a change is seen until some are back. From then on, what was made since the beginning may be missing. */
  readonly seenMs: number
}

/** Whether a write was done: for certain, for certain not, or maybe. */
export type Certainty = 'done' | 'not done' | 'maybe'

const WRITES: readonly Call['method'][] = ['create', 'update', 'delete']

/** Whether a call was to change something. */
export function isWrite({ method }: Call): boolean {
  return WRITES.includes(method)
}

/**
 * Says whether a write was done.
 *
 * @param call The write.
 */
export function certaintyOf({ outcome, status, sentMs }: Call): Certainty {
  if (outcome === 'unsent' || sentMs === undefined) return 'not done'
  if (outcome === 'refused') return 'not done'
  if (outcome === 'ok') return status === 404 ? 'not done' : 'done'
  // An answer that says that the request was wrong says that nothing was done.
  return status >= 400 && status < 500 ? 'not done' : 'maybe'
}

/** One text for a call, for people. */
export function describe(call: Call): string {
  const { via, client, method, id = '?', status, outcome, version, sentMs, endMs, server } = call
  const what = `${method} ${method === 'list' ? call.board : id}`
  const seen = version === undefined ? '' : ` version ${version}`
  return `${via} client ${client}: ${what}: ${status} ${outcome}${seen}, ${ms(sentMs)} to ${ms(endMs)}, by ${server ?? '?'}`
}

function ms(value: number | undefined): string {
  return value === undefined ? '?' : value.toFixed(1)
}
