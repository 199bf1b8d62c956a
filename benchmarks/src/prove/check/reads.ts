import type { Call } from '../history.ts'
import { describe, type Evidence, type Promises } from './evidence.ts'
import { collectFacts, GONE, newerSince, type TaskFacts } from './facts.ts'
import type { Finding, FindingKind } from './finding.ts'

/** What came of it. */
export interface CheckedReads {
  readonly findings: readonly Finding[]
  /** Reads that were checked, of tasks and of lists. */
  readonly checked: number
  /** Those that found something older than had been acknowledged by another instance, though within the promise: by how many milliseconds. */
  readonly lateMs: readonly number[]
}

/** What was answered, and when. */
interface Answer {
  readonly version: number
  readonly endMs: number
}

/** What was seen of a task in one way, at one instance: the newest version of old, and what was answered since. */
interface Seen {
  readonly newest: number
  readonly underWay: readonly Answer[]
}

/**
 * Finds reads that are older than is promised. Everything is by the clients' own clock, which is one for all: what was acknowledged
 * before a read was sent has to be in it; at once of the instance that acknowledged it, and of the others after a while.
 *
 * @param evidence What is known.
 */
export function checkReads(evidence: Evidence): CheckedReads {
  const { calls, promises } = evidence
  const facts = collectFacts(evidence)
  const findings: Finding[] = []
  const lateMs: number[] = []
  const seen = new Map<string, Seen>()
  let checked = 0

  /** One task, as one read has it. */
  function check(call: Call, id: string, version: number, known: TaskFacts): void {
    const sentMs = call.sentMs as number
    const isOwnCertain = call.server !== promises.shared
    const own = isOwnCertain ? known.byServer.get(call.server ?? '') : undefined
    const ownLateMs = own === undefined ? 0 : sentMs - newerSince(own, version)
    if (ownLateMs > 0) late('stale read', call, id, version, ownLateMs, 'the same instance')
    const otherLateMs = sentMs - newerSince(known.all, version)
    if (otherLateMs <= 0) return
    if (otherLateMs > allowedMs(promises, sentMs)) late('late read', call, id, version, otherLateMs, 'another instance')
    else if (ownLateMs <= 0) lateMs.push(otherLateMs)
  }

  function late(kind: FindingKind, call: Call, id: string, version: number, byMs: number, whom: string): void {
    const what = `${id} version ${version === GONE ? 'gone' : version}`
    findings.push({
      kind,
      text: `${what}, ${byMs.toFixed(1)} ms after ${whom} knew better; ${describe(call)}`,
    })
  }

  /** No step back, of one instance and one way of reading. */
  function checkOrder(call: Call, id: string, version: number): void {
    const sentMs = call.sentMs as number
    if (call.server === promises.shared || isCutOff(promises, sentMs)) return
    const key = `${call.method} ${call.server} ${id}`
    const known = seen.get(key) ?? { newest: Number.NEGATIVE_INFINITY, underWay: [] }
    const underWay: Answer[] = []
    let { newest } = known
    // What had ended before this one was sent had also ended before all that follow.
    for (const one of known.underWay)
      if (one.endMs < sentMs) newest = Math.max(newest, one.version)
      else underWay.push(one)
    if (version < newest)
      findings.push({ kind: 'read stepped back', text: `${id} version ${version} after ${newest}; ${describe(call)}` })
    underWay.push({ version, endMs: call.endMs as number })
    seen.set(key, { newest, underWay })
  }

  for (const call of inOrder(calls)) {
    if (call.outcome !== 'ok') continue
    if (call.method === 'list') {
      checked++
      findings.push(...checkList(call, facts, promises))
      for (const [id, version] of call.items ?? []) {
        const known = facts.get(id)
        if (known === undefined) continue // of somebody whose creation nobody knows of
        check(call, id, version, known)
        checkOrder(call, id, version)
      }
    }
    if (call.method !== 'get' || call.id === undefined) continue
    const known = facts.get(call.id)
    if (known === undefined) continue
    checked++
    if (call.status === 404) {
      if (known.deleteTriedMs < (call.endMs as number)) continue
      const createdMs = known.created?.atMs ?? evidence.before.atMs
      const byMs = (call.sentMs as number) - createdMs
      const isOwn = isOwnCreation(call, known, promises)
      if (byMs > (isOwn ? 0 : allowedMs(promises, call.sentMs as number)))
        findings.push({
          kind: isOwn ? 'stale read' : 'late read',
          text: `no ${call.id}, ${byMs.toFixed(1)} ms after it was created; ${describe(call)}`,
        })
      continue
    }
    const version = call.version as number
    check(call, call.id, version, known)
    checkOrder(call, call.id, version)
    const written = known.titles.get(version)
    if (written !== undefined && written.title !== call.title)
      findings.push({ kind: 'wrong read', text: `"${call.title}" is not what was written; ${describe(call)}` })
    if (written !== undefined && (written.sentMs as number) > (call.endMs as number))
      findings.push({ kind: 'wrong read', text: `read before it was written; ${describe(call)}` })
  }
  return { findings, checked, lateMs }
}

/** By when they were sent. */
function inOrder(calls: readonly Call[]): readonly Call[] {
  return calls
    .filter(({ method, sentMs }) => (method === 'get' || method === 'list') && sentMs !== undefined)
    .toSorted((a, b) => (a.sentMs as number) - (b.sentMs as number))
}

/** What is missing in a list, or in the wrong order. */
function checkList(call: Call, facts: ReadonlyMap<string, TaskFacts>, promises: Promises): readonly Finding[] {
  const findings: Finding[] = []
  const items = call.items ?? []
  const listed = new Set(items.map(([id]) => id))
  const last = items.at(-1)?.[0]
  for (const [index, [id]] of items.entries())
    if (index > 0 && id >= (items[index - 1]?.[0] ?? ''))
      findings.push({ kind: 'wrong read', text: `${id} is out of its order; ${describe(call)}` })
  const sentMs = call.sentMs as number
  for (const [id, known] of boardOf(facts, call.board)) {
    // Newest first: what is older than the last one is on another page.
    const belongs = call.isWhole === true || (last !== undefined && id > last)
    if (!belongs || listed.has(id) || known.deleteTriedMs < (call.endMs as number)) continue
    const isOwn = isOwnCreation(call, known, promises)
    const since = known.created?.atMs ?? known.all[0]?.atMs ?? Number.POSITIVE_INFINITY
    const byMs = sentMs - since
    if (byMs > (isOwn ? 0 : allowedMs(promises, sentMs)))
      findings.push({
        kind: isOwn ? 'stale read' : 'late read',
        text: `${id} is missing, ${byMs.toFixed(1)} ms after it was there; ${describe(call)}`,
      })
  }
  return findings
}

const boards = new WeakMap<
  ReadonlyMap<string, TaskFacts>,
  ReadonlyMap<string, readonly (readonly [string, TaskFacts])[]>
>()

function boardOf(facts: ReadonlyMap<string, TaskFacts>, board: string): readonly (readonly [string, TaskFacts])[] {
  let found = boards.get(facts)
  if (found === undefined) {
    found = Map.groupBy(facts, ([, known]) => known.board)
    boards.set(facts, found)
  }
  return found.get(board) ?? []
}

/** Whether the instance that was asked had acknowledged the creation itself. */
function isOwnCreation({ server }: Call, { created }: TaskFacts, { shared }: Promises): boolean {
  return created !== undefined && created.server === server && server !== shared
}

function allowedMs({ seenMs, cutOff }: Promises, sentMs: number): number {
  if (cutOff === undefined || sentMs < cutOff.fromMs || sentMs > cutOff.toMs) return seenMs
  // What was on its way at the beginning may not have come.
  return sentMs < cutOff.backMs ? cutOff.seenMs : sentMs - cutOff.fromMs + seenMs
}

function isCutOff({ cutOff }: Promises, sentMs: number): boolean {
  return cutOff !== undefined && sentMs >= cutOff.fromMs && sentMs <= cutOff.toMs
}
