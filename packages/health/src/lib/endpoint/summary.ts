import type { HealthReport, HealthStatus } from '../report.ts'
import { byName } from './formats/breakwater.ts'
import { toIso } from './formats/format.ts'

/** What everybody may know: how each component is, and nothing of why. */
export function toSummary({ status, at, uptimeMs, version, checks }: HealthReport): Readonly<Record<string, unknown>> {
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage()
  const components = byName<HealthStatus>(checks, (check) => check.status)
  const fields = {
    status,
    timestamp: toIso(at),
    uptime: uptimeMs / 1_000,
    memory: { rssBytes: rss, heapUsedBytes: heapUsed, heapTotalBytes: heapTotal, externalBytes: external },
    version,
    components,
  }
  // Each also under its own name, unless that is a field's.
  return { ...fields, ...components, ...fields }
}
