import type { CheckReport, HealthReport } from '../../report.ts'
import { type Format, toIso } from './format.ts'

/** Our own shape. */
export const breakwaterFormat: Format = {
  type: 'application/json',
  brief: (status) => JSON.stringify({ status }),
  full: (report) => JSON.stringify(toJson(report)),
}

/** A report as JSON: times as text, the checks by name. */
export function toJson(report: HealthReport): Readonly<Record<string, unknown>> {
  const { status, at, uptimeMs, version, name, group, checks } = report
  return {
    status,
    timestamp: toIso(at),
    uptime: uptimeMs / 1_000,
    version,
    name,
    group,
    checks: byName(checks, toCheckJson),
  }
}

/** A check as JSON. */
export function toCheckJson(check: CheckReport): Readonly<Record<string, unknown>> {
  const { name: _, checkedAt, changedAt, history, ...rest } = check
  return {
    ...rest,
    checkedAt: toIso(checkedAt),
    changedAt: toIso(changedAt),
    history: history.map(({ at, ...entry }) => ({ at: toIso(at), ...entry })),
  }
}

/** Without a prototype, as a check may be called `__proto__`. */
export function byName<result>(
  checks: readonly CheckReport[],
  toValue: (check: CheckReport) => result,
): Readonly<Record<string, result>> {
  const values: Record<string, result> = Object.create(null)
  for (const check of checks) values[check.name] = toValue(check)
  return values
}
