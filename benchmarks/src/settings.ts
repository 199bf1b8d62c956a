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
  /** Of what is counted. */
  readonly figures: FigureSettings
}

/** How thoroughly figures are taken. */
export interface FigureSettings {
  /** How many processes take those of each subject, one after the other. */
  readonly processes: number
  /** How much of what a group says is done, from over 0 to 1. */
  readonly scale: number
}

/** What results are made with. */
export const THOROUGH: Settings = {
  processes: 6,
  micro: { rounds: 9, sliceMs: 12, warmUpMs: 60 },
  load: { sets: 6, rounds: 14, sliceMs: 250, warmUpMs: 4_000 },
  figures: { processes: 3, scale: 1 },
}

/** Shows that everything runs, and no more. */
export const QUICK: Settings = {
  processes: 1,
  micro: { rounds: 3, sliceMs: 2, warmUpMs: 8 },
  load: { sets: 1, rounds: 2, sliceMs: 250, warmUpMs: 250 },
  figures: { processes: 1, scale: 0.05 },
}
