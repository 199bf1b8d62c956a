import type { Call } from '../history.ts'
import { certaintyOf, type Evidence, isWrite } from './evidence.ts'

/** Higher than any version: that of a task that is gone. */
export const GONE = Number.POSITIVE_INFINITY

/** Something that was known to be so at some time: the task has at least this version. */
export interface Fact {
  readonly version: number
  /** Since when, by the machine's clock. */
  readonly atMs: number
  /** The instance that acknowledged it; none that was so before. */
  readonly server: string | undefined
}

/** All that is known of one task, by version. */
export interface TaskFacts {
  /** Ascending. */
  readonly all: readonly Fact[]
  /** Ascending, by instance. */
  readonly byServer: ReadonlyMap<string, readonly Fact[]>
  /** Titles of versions. */
  readonly titles: ReadonlyMap<number, Call>
  /** When somebody first tried to delete it. */
  readonly deleteTriedMs: number
  /** When its creation was acknowledged, if that was meanwhile. */
  readonly created: Fact | undefined
  readonly board: string
}

/**
 * Puts together what is known of every task.
 *
 * @param evidence What is known.
 */
export function collectFacts({ before, calls }: Evidence): ReadonlyMap<string, TaskFacts> {
  const tasks = new Map<string, Draft>()
  for (const [id, { version, board }] of before.tasks) {
    const draft = createDraft(board)
    draft.facts.push({ version, atMs: before.atMs, server: undefined })
    tasks.set(id, draft)
  }
  for (const call of calls) {
    if (!isWrite(call) || call.id === undefined) continue
    let draft = tasks.get(call.id)
    if (draft === undefined) {
      draft = createDraft(call.board)
      tasks.set(call.id, draft)
    }
    learn(draft, call)
  }
  return new Map([...tasks].map(([id, draft]) => [id, toFacts(draft)]))
}

interface Draft {
  readonly board: string
  readonly facts: Fact[]
  readonly titles: Map<number, Call>
  deleteTriedMs: number
  created: Fact | undefined
}

function createDraft(board: string): Draft {
  return { board, facts: [], titles: new Map(), deleteTriedMs: Number.POSITIVE_INFINITY, created: undefined }
}

function learn(draft: Draft, call: Call): void {
  const certainty = certaintyOf(call)
  if (call.method === 'delete' && certainty !== 'not done')
    draft.deleteTriedMs = Math.min(draft.deleteTriedMs, call.sentMs as number)
  if (certainty !== 'done') return
  const version = call.method === 'delete' ? GONE : (call.version as number)
  const fact: Fact = { version, atMs: call.endMs as number, server: call.server }
  draft.facts.push(fact)
  if (call.method === 'create') draft.created = fact
  if (call.title !== undefined) draft.titles.set(version, call)
}

function toFacts({ board, facts, titles, deleteTriedMs, created }: Draft): TaskFacts {
  const all = facts.toSorted((a, b) => a.version - b.version)
  const byServer = Map.groupBy(
    all.filter(({ server }) => server !== undefined),
    ({ server }) => server as string,
  )
  return {
    board,
    all: toEarliest(all),
    byServer: new Map([...byServer].map(([server, own]) => [server, toEarliest(own)])),
    titles,
    deleteTriedMs,
    created,
  }
}

/** Each with the earliest time at which it or a newer one was known: then it was known as well. */
function toEarliest(ascending: readonly Fact[]): readonly Fact[] {
  const earliest: Fact[] = []
  let atMs = Number.POSITIVE_INFINITY
  for (const fact of ascending.toReversed()) {
    atMs = Math.min(atMs, fact.atMs)
    earliest.push({ ...fact, atMs })
  }
  return earliest.reverse()
}

/**
 * Since when something newer was known.
 *
 * @param facts Ascending.
 * @param version Than this.
 * @returns Infinity if there was nothing newer.
 */
export function newerSince(facts: readonly Fact[], version: number): number {
  let from = 0
  let to = facts.length
  while (from < to) {
    const middle = (from + to) >> 1
    if ((facts[middle] as Fact).version > version) to = middle
    else from = middle + 1
  }
  return facts[from]?.atMs ?? Number.POSITIVE_INFINITY
}
