import type { GroupPath } from './cgroup.ts'
import type { Files } from './files.ts'

/** What tasks may wait for. */
export type PressureResource = 'cpu' | 'memory' | 'io'

/** How long tasks waited for a resource. */
export interface PressureReading {
  /** Share of the last 10 s in which at least one task waited. */
  readonly someRatio: number
  /** Share of the last 10 s in which all tasks waited at once. Always 0 of the CPU of a whole machine. */
  readonly fullRatio: number
  /** Seconds in which at least one task waited, so far. */
  readonly someSeconds: number
  /** Seconds in which all tasks waited at once, so far. */
  readonly fullSeconds: number
}

/** Stalls by resource. What the kernel does not tell is left out. */
export type PressureReadings = Readonly<Partial<Record<PressureResource, PressureReading>>>

const RESOURCES: readonly PressureResource[] = ['cpu', 'memory', 'io']

/**
 * Reads pressure stall information: of the process's control group where it has its own, else of the machine.
 *
 * @see Linux, Documentation/accounting/psi.rst.
 */
export class PressureReader {
  readonly #files: Files
  #paths: readonly (readonly [PressureResource, string])[] = []

  /** @param files Where it is read. */
  constructor(files: Files) {
    this.#files = files
  }

  /**
   * Looks for the files.
   *
   * @param unified The control group of version 2, which tells its own stalls.
   */
  refresh(unified: GroupPath | undefined): void {
    this.#paths = RESOURCES.flatMap((resource) => {
      const candidates = [`/proc/pressure/${resource}`]
      const [own] = unified?.folders ?? []
      if (own !== undefined) candidates.unshift(`${own}/${resource}.pressure`)
      const path = candidates.find((candidate) => toReading(this.#files.read(candidate)) !== undefined)
      return path === undefined ? [] : [[resource, path]]
    })
  }

  /** Stalls now; `undefined` where the kernel does not tell. */
  read(): PressureReadings | undefined {
    if (this.#paths.length === 0) return
    const readings: Partial<Record<PressureResource, PressureReading>> = {}
    for (const [resource, path] of this.#paths) {
      const reading = toReading(this.#files.read(path))
      if (reading !== undefined) readings[resource] = reading
    }
    return readings
  }
}

/** Lines such as `some avg10=1.62 avg60=2.07 avg300=6.88 total=19168418731`. Kernels before 5.13 have no `full` for the CPU. */
function toReading(text: string | undefined): PressureReading | undefined {
  const some = toStall(text, 'some')
  if (some === undefined) return
  const full = toStall(text, 'full') ?? { ratio: 0, seconds: 0 }
  return {
    someRatio: some.ratio,
    fullRatio: full.ratio,
    someSeconds: some.seconds,
    fullSeconds: full.seconds,
  }
}

function toStall(text: string | undefined, kind: string): { ratio: number; seconds: number } | undefined {
  const [, average, total] = new RegExp(`^${kind} avg10=([\\d.]+) .*total=(\\d+)`, 'm').exec(text ?? '') ?? []
  return average === undefined ? undefined : { ratio: Number(average) / 100, seconds: Number(total) / 1e6 }
}
