import { join } from 'node:path'
import type { OverloadSubject } from '../../src/overload/subject.ts'

/** The name of ours. */
export const OURS = '@breakwater/monitor'
/** Ours once more: what it differs by is noise. */
export const AGAIN: string = `${OURS}, again`
/** The name of a server that sheds nothing. */
export const NONE = 'none'
/** The name of the best that can be done when everything is known beforehand. */
export const ORACLE = 'a gate set by hand'

/** A server that sheds nothing. */
export const none: OverloadSubject = toSubject(NONE, 'none')

/** Ours, as its defaults have it. */
export const ours: OverloadSubject = toSubject(OURS, 'ours')

/** Ours once more. */
export const again: OverloadSubject = toSubject(AGAIN, 'ours')

/** What others would use, and what bounds everybody. */
export const peers: readonly OverloadSubject[] = [
  none,
  toSubject('toobusy-js', 'toobusy-js'),
  toSubject('overload-protection', 'overload-protection'),
  toSubject('@fastify/under-pressure', 'under-pressure'),
  toSubject(ORACLE, 'oracle'),
]

function toSubject(name: string, script: string): OverloadSubject {
  return { name, script: join(import.meta.dirname, 'subjects', `${script}.ts`) }
}
