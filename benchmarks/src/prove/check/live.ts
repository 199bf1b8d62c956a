import { digestOf, type LiveChange, type LiveHistory, type Stored } from '../history.ts'
import type { Evidence } from './evidence.ts'
import type { Finding } from './finding.ts'

/** What came of it. */
export interface CheckedLive {
  readonly findings: readonly Finding[]
  /** Changes that sockets were told. */
  readonly told: number
}

/**
 * Finds versions that a socket missed or was told twice, what two sockets were told differently, and whether each ended with what
 * the database has.
 *
 * @param evidence What is known.
 */
export function checkLive({ live, after }: Evidence): CheckedLive {
  const findings: Finding[] = []
  const versions = new Map<string, string>()
  let told = 0
  for (const history of live) {
    const { client, board } = history
    const say = (kind: Finding['kind'], text: string): void => {
      findings.push({ kind, text: `socket ${client} of ${board}: ${text}` })
    }
    let { version } = history
    for (const event of history.events) {
      if (event.kind === 'snapshot') {
        if (event.version < version) say('live step back', `a snapshot of version ${event.version} after ${version}`)
        version = event.version
      }
      if (event.kind === 'error') say('live error', event.text)
      if (event.kind !== 'changes') continue
      for (const change of event.changes) {
        told++
        if (change.version > version + 1) say('live gap', `version ${change.version} after ${version}`)
        if (change.version <= version) say('live step back', `version ${change.version} after ${version}`)
        version = change.version
        const key = `${board} ${version}`
        const text = toText(change)
        const other = versions.get(key)
        if (other === undefined) versions.set(key, text)
        else if (other !== text) say('live difference', `version ${version} is ${text}, and to others ${other}`)
      }
    }
  }
  return { findings: [...findings, ...checkEnds(live, after)], told }
}

function checkEnds(live: readonly LiveHistory[], after: Stored): readonly Finding[] {
  const digests = new Map(
    [...Map.groupBy(after.tasks, ([, { board }]) => board)].map(([board, tasks]) => [
      board,
      digestOf(tasks.map(([id, { version }]) => [id, version] as const)),
    ]),
  )
  return live.flatMap(({ client, board, digest, endVersion, isOpen }): readonly Finding[] => {
    const say = (text: string): readonly Finding[] => [
      { kind: 'live difference', text: `socket ${client} of ${board}: ${text}` },
    ]
    const version = after.boards.get(board) ?? 0
    if (!isOpen) return say('it did not come back')
    if (endVersion !== version) return say(`it ended with version ${endVersion}, and the database with ${version}`)
    const expected = digests.get(board) ?? digestOf([])
    return digest === expected ? [] : say(`it ended with other tasks than the database: ${digest}, not ${expected}`)
  })
}

function toText({ kind, taskId, taskVersion }: LiveChange): string {
  return `${kind} ${taskId} ${taskVersion ?? 'none'}`
}
