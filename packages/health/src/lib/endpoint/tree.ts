import type { CheckReport, HealthReport, HealthStatus } from '../report.ts'

/** A check, and what it depends on. */
interface Node {
  readonly name: string
  readonly status: HealthStatus
  readonly critical: boolean
  readonly cause?: string | undefined
  readonly data?: Readonly<Record<string, unknown>> | undefined
  /** It stands elsewhere in the tree with what it depends on. */
  readonly repeated?: true
  readonly dependsOn?: readonly Node[]
}

/**
 * What depends on what, from those that nothing depends on.
 *
 * @param report All checks.
 * @param showsDetails Whether causes and data may be seen: names and statuses always may.
 */
export function toTree(report: HealthReport, showsDetails: boolean): Readonly<Record<string, unknown>> {
  const byName = new Map(report.checks.map((check) => [check.name, check]))
  const inner = new Set(report.checks.flatMap(({ dependsOn }) => dependsOn))
  // What many depend on is written out once, or some dozen checks would make a tree of thousands.
  const written = new Set<string>()

  function toNode({ name, status, critical, cause, data, dependsOn }: CheckReport): Node {
    const node = showsDetails ? { name, status, critical, cause, data } : { name, status, critical }
    if (dependsOn.length === 0) return node
    if (written.has(name)) return { ...node, repeated: true }
    written.add(name)
    return { ...node, dependsOn: dependsOn.flatMap((other) => byName.get(other) ?? []).map(toNode) }
  }

  return {
    status: report.status,
    dependencies: report.checks.filter(({ name }) => !inner.has(name)).map(toNode),
  }
}
