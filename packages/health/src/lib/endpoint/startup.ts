import type { HttpEndpoint } from '@breakwater/core'
import type { Check } from '../check/check.ts'
import type { Checks } from '../check/checks.ts'
import type { EndpointHost } from './endpoint.ts'
import { FORMATS } from './formats/formats.ts'
import { toBriefReplies } from './replies.ts'

/** Answers whether the service has started: for good, once each check that counts was well once. */
export function createStartup(host: EndpointHost, checks: Checks): HttpEndpoint {
  const replies = toBriefReplies(FORMATS.breakwater, host.isUp)
  let hasStarted = false

  function judge(): boolean {
    const counting = countingOf(checks)
    // Before the first one is added nothing is latched.
    hasStarted = counting.length > 0 && counting.every(({ hasPassed }) => hasPassed)
    return hasStarted || counting.length === 0
  }

  return () => {
    if (hasStarted || judge()) return replies.healthy
    const pending = host.refresh(groupOf(checks))
    if (pending === undefined) return replies.unhealthy
    return pending.then(() => (judge() ? replies.healthy : replies.unhealthy))
  }
}

/** Where no check says that it is for the start, those of readiness are. */
function groupOf(checks: Checks): string {
  return checks.of('startup').members.length > 0 ? 'startup' : 'ready'
}

function countingOf(checks: Checks): readonly Check[] {
  return checks.of(groupOf(checks)).members.filter(({ added }) => added.critical)
}
