import type { Evidence } from './evidence.ts'
import type { Finding, FindingKind } from './finding.ts'
import { checkLive } from './live.ts'
import { checkReads } from './reads.ts'
import { checkWrites } from './writes.ts'

/** What came of checking a run. */
export interface Checked {
  /** How many of each kind; none is left out. */
  readonly counts: Readonly<Partial<Record<FindingKind, number>>>
  /** The first ones of each kind. */
  readonly examples: readonly Finding[]
  /** Writes that were acknowledged. */
  readonly writes: number
  /** Reads that were checked. */
  readonly reads: number
  /** Changes that sockets were told. */
  readonly told: number
  /** How old the oldest read was that was within the promise, in milliseconds. */
  readonly oldestReadMs: number
}

const EXAMPLES = 5

/**
 * Checks a run, by nothing but what its clients saw and what is in the database.
 *
 * @param evidence All that is known.
 */
export function checkAll(evidence: Evidence): Checked {
  const reads = checkReads(evidence)
  const live = checkLive(evidence)
  const findings = [...checkWrites(evidence), ...reads.findings, ...live.findings]
  const byKind = Map.groupBy(findings, ({ kind }) => kind)
  return {
    counts: Object.fromEntries([...byKind].map(([kind, all]) => [kind, all.length])),
    examples: [...byKind.values()].flatMap((all) => all.slice(0, EXAMPLES)),
    writes: evidence.calls.filter(({ method, outcome, status }) => isDone(method, outcome, status)).length,
    reads: reads.checked,
    told: live.told,
    oldestReadMs: reads.lateMs.reduce((most, ms) => Math.max(most, ms), 0),
  }
}

function isDone(method: string, outcome: string, status: number): boolean {
  return method !== 'get' && method !== 'list' && outcome === 'ok' && status < 300
}
