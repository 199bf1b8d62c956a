/** How loud a heard event is; `false` for not at all. */
export type HeardLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | false

/** What a heard event may have that says how bad it is. */
interface HeardEvent {
  readonly type: string
  readonly from?: unknown
  readonly to?: unknown
}

/** Types whose ending does not say how bad they are. */
const LEVELS: Readonly<Record<string, HeardLevel>> = {
  'circuit:opened': 'warn',
  'circuit:forced': 'warn',
  'limit:reached': 'warn',
  'registry:full': 'warn',
  'retry-budget:exhausted': 'warn',
  'invalidations:lost': 'warn',
  'invalidations:queued': 'warn',
  'invalidations:applied': 'debug',
  'invalidations:collapsed': 'debug',
  'log:lost': 'warn',
  'log:replayed': 'info',
  'value:unreadable': 'warn',
  'check:hung': 'warn',
  'recovery:exhausted': 'error',
  'process:crashed': 'fatal',
  'shedding:started': 'warn',
  'leak:suspected': 'warn',
  'lines:dropped': 'error',
  'destination:failed': 'error',
  'file:rotated': 'debug',
  // Has its line where it was seen.
  'security:suspected': false,
}

/** Which of the states that things change to are bad. */
const STATES: Readonly<Record<string, HeardLevel>> = {
  degraded: 'warn',
  warning: 'warn',
  unhealthy: 'error',
  critical: 'error',
}

/**
 * How loud an event is: what failed while nobody awaited it is an error, what got worse a warning, and all else, such
 * as what got well again, is worth knowing.
 *
 * @param event As another package told it. It may be one that is not known here.
 */
export function levelOf(event: HeardEvent): HeardLevel {
  const known = LEVELS[event.type]
  if (known !== undefined) return known
  if (event.type.endsWith(':failed')) return 'error'
  if (event.type.endsWith(':changed'))
    // That something is well as it begins is nothing new.
    return STATES[String(event.to)] ?? ('from' in event && event.from === undefined ? 'debug' : 'info')
  return 'info'
}
