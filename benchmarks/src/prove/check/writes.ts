import type { Call, StoredTask } from '../history.ts'
import { certaintyOf, describe, type Evidence, isWrite } from './evidence.ts'
import type { Finding } from './finding.ts'

/** Everything that was tried with one task. */
interface Attempts {
  readonly before: StoredTask | undefined
  created: Call | undefined
  /** For certain. */
  readonly updates: Call[]
  /** Nobody knows. */
  readonly maybeUpdates: Call[]
  deleted: Call | undefined
  isMaybeDeleted: boolean
}

/**
 * Compares the database with what was acknowledged: that has to be there, and nothing else may be but what nobody knows of.
 *
 * @param evidence What is known.
 */
export function checkWrites({ before, calls, after }: Evidence): readonly Finding[] {
  const findings: Finding[] = []
  const tasks = new Map<string, Attempts>()
  const maybeCreated = new Set<string>()
  const refused = new Map<string, Call>()

  function attemptsOf(id: string): Attempts {
    let found = tasks.get(id)
    if (found === undefined) {
      const none = { created: undefined, deleted: undefined, isMaybeDeleted: false }
      found = { ...none, before: before.tasks.get(id), updates: [], maybeUpdates: [] }
      tasks.set(id, found)
    }
    return found
  }

  for (const id of before.tasks.keys()) attemptsOf(id)
  for (const call of calls.filter(isWrite)) {
    const certainty = certaintyOf(call)
    if (certainty === 'not done') {
      if (call.title !== undefined) refused.set(call.title, call)
      continue
    }
    if (call.method === 'create' && certainty === 'maybe') maybeCreated.add(call.title as string)
    if (call.id === undefined) continue
    const attempts = attemptsOf(call.id)
    const isDone = certainty === 'done'
    if (call.method === 'create') attempts.created = call
    else if (call.method === 'update') (isDone ? attempts.updates : attempts.maybeUpdates).push(call)
    else if (isDone) attempts.deleted = call
    else attempts.isMaybeDeleted = true
  }

  for (const [id, attempts] of tasks) findings.push(...checkTask(id, attempts, after.tasks.get(id)))
  for (const [id, { title }] of after.tasks) {
    const culprit = refused.get(title)
    if (culprit !== undefined) findings.push({ kind: 'phantom write', text: `refused, and done: ${describe(culprit)}` })
    const attempts = tasks.get(id)
    const isKnown = attempts !== undefined && (attempts.before !== undefined || attempts.created !== undefined)
    if (!isKnown && !maybeCreated.has(title))
      findings.push({ kind: 'phantom write', text: `task ${id}, "${title}", which nobody created` })
  }
  return findings
}

function checkTask(id: string, attempts: Attempts, stored: StoredTask | undefined): readonly Finding[] {
  const { before, created, updates, maybeUpdates, deleted, isMaybeDeleted } = attempts
  const lost = (text: string): Finding => ({ kind: 'lost write', text: `task ${id}: ${text}` })
  if (stored === undefined) {
    // What was there, or was acknowledged to be.
    if ((before === undefined && created === undefined) || deleted !== undefined || isMaybeDeleted) return []
    return [lost(`it is gone, and nobody deleted it; ${created ? describe(created) : 'it was there before'}`)]
  }
  if (deleted !== undefined) return [lost(`it is there, and was deleted; ${describe(deleted)}`)]
  const first = before?.version ?? 1
  const byVersion = new Map(updates.map((call) => [call.version as number, call]))
  const findings: Finding[] = []
  for (const call of updates) {
    const version = call.version as number
    if (byVersion.get(version) !== call) findings.push(lost(`two changes have one version; ${describe(call)}`))
    if (version <= first) findings.push(lost(`a change has no new version; ${describe(call)}`))
    if (version > stored.version) findings.push(lost(`it has version ${stored.version}; ${describe(call)}`))
  }
  const others = stored.version - first - byVersion.size
  if (findings.length === 0 && others > maybeUpdates.length)
    findings.push({
      kind: 'phantom write',
      text: `task ${id} changed ${others} times more than ${updates.length} acknowledged, ${maybeUpdates.length} maybe`,
    })
  const newest = byVersion.get(stored.version)
  const expected = newest?.title ?? (stored.version === first ? (before?.title ?? created?.title) : undefined)
  if (expected !== undefined && expected !== stored.title)
    findings.push(lost(`version ${stored.version} is "${stored.title}", not "${expected}"`))
  if (expected === undefined && !maybeUpdates.some(({ title }) => title === stored.title))
    findings.push(lost(`version ${stored.version} is "${stored.title}", which nobody wrote last`))
  return findings
}
