import { machineNow } from './clock.ts'
import { readUsage, type Usage, type Watched } from './usage.ts'

/** What all processes used, over time. */
export interface Samples {
  /** By process: megabytes at each sample. */
  readonly rssMb: Readonly<Record<string, readonly number[]>>
  /** By process: the share of one core that it used in all. */
  readonly cores: Readonly<Record<string, number>>
}

/** Looks at processes again and again. */
export interface Sampler {
  /** Ends it. */
  stop(): Samples
}

const EVERY_MS = 1_000
const MB = 1_000_000

/**
 * Begins to look.
 *
 * @param watch Which processes; asked anew each time, as some are replaced.
 */
export function startSampler(watch: () => readonly Watched[]): Sampler {
  const rssMb: Record<string, number[]> = {}
  const spentMs = new Map<string, number>()
  const beganMs = machineNow()
  let last: ReadonlyMap<string, { readonly pid: number; readonly usage: Usage }> = new Map()

  function look(): void {
    const watched = watch()
    const usages = readUsage(watched)
    const now = new Map<string, { readonly pid: number; readonly usage: Usage }>()
    for (const { name, pid } of watched) {
      const usage = usages.get(name)
      if (usage === undefined) continue
      now.set(name, { pid, usage })
      rssMb[name] = [...(rssMb[name] ?? []), usage.rssBytes / MB]
      const before = last.get(name)
      // A new process under the same name has used all of it since.
      const since = before === undefined ? usage.cpuMs : before.pid === pid ? before.usage.cpuMs : 0
      spentMs.set(name, (spentMs.get(name) ?? 0) + usage.cpuMs - since)
    }
    last = now
  }

  look()
  const timer = setInterval(look, EVERY_MS)
  return {
    stop() {
      clearInterval(timer)
      look()
      const tookMs = machineNow() - beganMs
      return { rssMb, cores: Object.fromEntries([...spentMs].map(([name, ms]) => [name, ms / tookMs])) }
    },
  }
}
