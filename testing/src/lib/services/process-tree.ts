import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Rounds of looking for new children while freezing. */
const MAX_ROUNDS = 10
const PS_LIMIT_MS = 5_000

/**
 * Freezes a process and all its descendants (SIGSTOP). The top goes first, so that no new ones appear.
 *
 * @param pid The top.
 * @returns All of them.
 */
export function freezeTree(pid: number): readonly number[] {
  const frozen = new Set<number>()
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const added = family(pid).filter((member) => !frozen.has(member))
    if (added.length === 0) break
    for (const member of added) {
      frozen.add(member)
      signal(member, 'SIGSTOP')
    }
  }
  return [...frozen]
}

/**
 * Lets a frozen process and all its descendants go on (SIGCONT).
 *
 * @param pid The top.
 */
export function thawTree(pid: number): void {
  for (const member of family(pid).reverse()) signal(member, 'SIGCONT')
}

/**
 * Kills a process and all its descendants (SIGKILL). They are frozen first: the children of a dead process belong to
 * another, and would not be found.
 *
 * @param pid The top.
 * @returns All of them.
 */
export function killTree(pid: number): readonly number[] {
  const members = freezeTree(pid)
  for (const member of members) signal(member, 'SIGKILL')
  return members
}

/**
 * Sends a signal, if there is still somebody to get it.
 *
 * @param pid To whom.
 * @param name The signal.
 */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/**
 * A process and all its descendants, parents before children.
 *
 * @param pid The top.
 */
export function family(pid: number): number[] {
  const all = processes()
  const members = all.some((one) => one.pid === pid) ? [pid] : []
  for (const member of members) for (const one of all) if (one.parent === member) members.push(one.pid)
  return members
}

/**
 * Whether a process runs. One that ended and was not yet collected by its parent does not, though it has a pid: in a
 * container whose first process is no real init, it would keep that for ever.
 *
 * @param pid Of which process.
 */
export function isRunning(pid: number): boolean {
  return processes().some((one) => one.pid === pid)
}

interface Entry {
  readonly pid: number
  readonly parent: number
}

function processes(): readonly Entry[] {
  const lines = process.platform === 'linux' ? readdirSync('/proc').map(statLine) : psLines()
  return lines.flatMap((line) => {
    const [pid, state, parent] = line.split(' ')
    return pid && !state?.startsWith('Z') ? [{ pid: Number(pid), parent: Number(parent) }] : []
  })
}

/** `pid state parent` of one entry of /proc, or nothing. */
function statLine(name: string): string {
  if (!/^\d+$/.test(name)) return ''
  try {
    // The command's name is in brackets and may hold anything, brackets and spaces included.
    return `${name} ${readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '')}`
  } catch {
    return '' // it ended meanwhile
  }
}

function psLines(): readonly string[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,state=,ppid='], { encoding: 'utf8', timeout: PS_LIMIT_MS })
  return table.split('\n').map((line) => line.trim().replace(/\s+/g, ' '))
}
