import { availableParallelism, cpus } from 'node:os'

/** Where a run took place, as far as it matters and tells nobody whose machine it is. */
export interface Machine {
  /** Model of the processor. */
  readonly cpu: string
  /** How many cores this process may use. */
  readonly cores: number
  /** Such as `linux x64`. */
  readonly platform: string
  /** Node's version. */
  readonly node: string
  /** V8's version. */
  readonly v8: string
}

/** The machine that this runs on. */
export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    v8: process.versions.v8,
  }
}
