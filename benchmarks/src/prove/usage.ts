import { readdirSync, readFileSync } from 'node:fs'

/** Processes that are counted together. */
export interface Watched {
  readonly name: string
  /** The first of them; its children count as well. */
  readonly pid: number
  /** Whether its children do not. @defaultValue `false` */
  readonly isAlone?: boolean
}

/** What processes have used up since their start. */
export interface Usage {
  /** Milliseconds of CPU, in steps of 10. */
  readonly cpuMs: number
  /** Bytes of memory that are really there. What two of them share counts twice. */
  readonly rssBytes: number
}

/** Of Linux on all machines that Node runs on. */
const TICK_MS = 10
const PAGE_BYTES = 4_096

/**
 * Says what processes have used up, by Linux' own account. What has ended counts with its parent.
 *
 * @param watched Which ones.
 * @returns By name. One that is gone is left out.
 */
export function readUsage(watched: readonly Watched[]): ReadonlyMap<string, Usage> {
  const all = readProcesses()
  const children = Map.groupBy(all.values(), ({ parent }) => parent)
  return new Map(
    watched.flatMap(({ name, pid, isAlone = false }): [string, Usage][] => {
      const first = all.get(pid)
      if (first === undefined) return []
      const family = [first]
      if (!isAlone) for (const member of family) family.push(...(children.get(member.pid) ?? []))
      const cpuMs = family.reduce((sum, one) => sum + (one.ticks + (isAlone ? 0 : one.childTicks)) * TICK_MS, 0)
      const rssBytes = family.reduce((sum, { pages }) => sum + pages * PAGE_BYTES, 0)
      return [[name, { cpuMs, rssBytes }]]
    }),
  )
}

interface Process {
  readonly pid: number
  readonly parent: number
  readonly ticks: number
  /** Of children that have ended. */
  readonly childTicks: number
  readonly pages: number
}

function readProcesses(): ReadonlyMap<number, Process> {
  const all = new Map<number, Process>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const found = readProcess(Number(name))
    if (found !== undefined) all.set(found.pid, found)
  }
  return all
}

/** See proc(5): fields are counted from the state, the third one. */
function readProcess(pid: number): Process | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name before is in brackets and may hold anything.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const at = (number: number): number => fields[number - 3] as number
    return { pid, parent: at(4), ticks: at(14) + at(15), childTicks: at(16) + at(17), pages: at(24) }
  } catch {
    return undefined // it ended meanwhile
  }
}

/**
 * Milliseconds of CPU that a process has used, to the microsecond: of its threads, those that are there.
 *
 * @param pid Which one.
 */
export function preciseCpuMs(pid: number): number {
  const folder = `/proc/${pid}/task`
  return readdirSync(folder).reduce((sum, thread) => {
    const [nanoseconds = '0'] = readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ')
    return sum + Number(nanoseconds) / 1e6
  }, 0)
}
