import type { LoadSettings } from './load/measure.ts'
import type { MicroSettings } from './micro/measure.ts'

/** How thoroughly a run measures. */
export interface Settings {
  /** How many processes measure each micro group, one after the other: each compiles the code anew, and differently. */
  readonly processes: number
  /** Within one process. */
  readonly micro: MicroSettings
  /** Under load. */
  readonly load: LoadSettings
}

/** What results are made with. */
export const THOROUGH: Settings = {
  processes: 6,
  micro: { rounds: 9, sliceMs: 12, warmUpMs: 60 },
  load: { sets: 3, rounds: 80, sliceMs: 120, warmUpMs: 2_000 },
}

/** Shows that everything runs, and no more. */
export const QUICK: Settings = {
  processes: 1,
  micro: { rounds: 3, sliceMs: 2, warmUpMs: 8 },
  load: { sets: 1, rounds: 2, sliceMs: 250, warmUpMs: 250 },
}
