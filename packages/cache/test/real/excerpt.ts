import type { Occurrence } from './messages.ts'

const BEFORE_MS = 2_500
const AFTER_MS = 50

/**
 * What happened around something, for people.
 *
 * @param occurrences What was told.
 * @param key What happened to this key, and to connections, is shown.
 * @param aroundMs When it was.
 */
export function excerpt(occurrences: readonly Occurrence[], key: number, aroundMs: number): string {
  return occurrences
    .map((one) => ({ fromMs: beginOf(one), untilMs: endOf(one), one }))
    .filter(({ fromMs, untilMs }) => untilMs >= aroundMs - BEFORE_MS && fromMs <= aroundMs + AFTER_MS)
    .filter(({ one }) => isAbout(one, key))
    .sort((one, other) => one.fromMs - other.fromMs)
    .map(({ fromMs, untilMs, one }) => `  ${at(fromMs)} .. ${at(untilMs)} process ${one.node} ${describe(one, key)}`)
    .join('\n')
}

/** A time, short enough to be read. */
export function at(ms: number): string {
  return ms === Number.MAX_VALUE ? 'never' : (ms % 1e6).toFixed(1)
}

function beginOf(one: Occurrence): number {
  if (one.kind === 'read' || one.kind === 'change') return one.calledMs
  if (one.kind === 'load') return one.beganMs
  return one.kind === 'event' ? one.atMs : one.fromMs
}

function endOf(one: Occurrence): number {
  if (one.kind === 'event') return one.atMs
  return one.kind === 'stall' || one.kind === 'unanswered' ? one.untilMs : one.endedMs
}

function isAbout(one: Occurrence, key: number): boolean {
  if (one.kind === 'read') return one.seen.some((seen) => seen.key === key)
  if (one.kind === 'load') return one.keys.includes(key)
  return one.kind !== 'change' || key in one.versions
}

function describe(one: Occurrence, key: number): string {
  switch (one.kind) {
    case 'read': {
      const seen = one.seen.find((value) => value.key === key)
      return `${one.how} returned version ${seen?.version} by ${seen?.by}`
    }
    case 'change':
      return `${one.how} ${one.id} for version ${one.versions[key]}: ${one.result ?? one.error?.message}`
    case 'load':
      return `load ${one.id}`
    case 'event':
      return `${one.type} ${one.changes ?? ''}`
    case 'stall':
      return 'stalled'
    case 'unanswered':
      return `did without the tier ${one.count} times`
  }
}
