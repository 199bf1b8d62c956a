import type { HttpReply } from '@breakwater/core'
import { type HealthStatus, STATUSES } from '../report.ts'
import type { Format } from './formats/format.ts'

/** Whether a status is answered as well. */
export type IsUp = (status: HealthStatus) => boolean

/** A reply that nobody keeps: what was true a second ago is of no use. */
export function toReply(isUp: boolean, type: string, body: string): HttpReply {
  return {
    status: isUp ? 200 : 503,
    headers: { 'content-type': type, 'cache-control': 'no-store' },
    body,
  }
}

/** The three answers that say no more than how it is, made once: a probe of what is fresh allocates nothing. */
export function toBriefReplies(format: Format, isUp: IsUp): Readonly<Record<HealthStatus, HttpReply>> {
  const replies = STATUSES.map((status) => [
    status,
    Object.freeze(toReply(isUp(status), format.type, format.brief(status, isUp(status)))),
  ])
  return Object.fromEntries(replies) as Readonly<Record<HealthStatus, HttpReply>>
}
