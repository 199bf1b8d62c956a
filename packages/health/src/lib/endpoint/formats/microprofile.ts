import type { CheckReport } from '../../report.ts'
import type { Format } from './format.ts'
import { toWord } from './spring.ts'

/** What MicroProfile Health answers. Its data are texts, numbers and booleans. */
export const microprofileFormat: Format = {
  type: 'application/json',
  brief: (_status, isUp) => JSON.stringify({ status: toWord(isUp), checks: [] }),
  full: ({ checks }, isUp) => JSON.stringify({ status: toWord(isUp), checks: checks.map(toCheck) }),
}

function toCheck({ name, status, cause, data = {} }: CheckReport): unknown {
  const flat = Object.entries({ ...data, ...(cause === undefined ? {} : { error: cause }) }).map(([key, value]) => [
    key,
    typeof value === 'object' ? JSON.stringify(value) : value,
  ])
  return {
    name,
    status: toWord(status !== 'unhealthy'),
    data: flat.length === 0 ? undefined : Object.fromEntries(flat),
  }
}
