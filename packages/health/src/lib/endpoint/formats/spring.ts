import type { CheckReport } from '../../report.ts'
import { byName } from './breakwater.ts'
import type { Format } from './format.ts'

/** What Spring Boot's Actuator answers. It has no word for degraded: what is answered as well is `UP`. */
export const springFormat: Format = {
  type: 'application/json',
  brief: (_status, isUp) => JSON.stringify({ status: toWord(isUp) }),
  full: ({ checks }, isUp) => JSON.stringify({ status: toWord(isUp), components: byName(checks, toComponent) }),
}

function toComponent({ status, cause, data }: CheckReport): unknown {
  const details = { ...data, ...(cause === undefined ? {} : { error: cause }) }
  return {
    status: toWord(status !== 'unhealthy'),
    details: Object.keys(details).length === 0 ? undefined : details,
  }
}

/** Spring's and MicroProfile's words. */
export function toWord(isUp: boolean): string {
  return isUp ? 'UP' : 'DOWN'
}
