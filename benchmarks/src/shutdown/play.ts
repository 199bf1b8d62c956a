import type { RunReport } from '@breakwater/testing/shutdown'
import type { Cell, Runs } from './cell.ts'
import type { ShutdownSubject } from './subject.ts'

/** What times and sizes of the runs of each cell are drawn from. */
export const SEEDS: readonly number[] = [1, 2]
/** How many runs that makes of each cell. */
export const RUNS: number = SEEDS.length

/** Below this there is not one run of each cell: a sample shows that the subject stops at all. */
const LEAST_SCALE = 0.02

/** How the cells of a group are played. */
export interface PlayOptions {
  /** Milliseconds from the signal, or the end of a delay, in which a subject has to end by its own means. */
  readonly limitMs: number
  /** How many runs there are at a time. One, where there is load: a client that is kept waiting sees less. */
  readonly concurrency: number
}

/**
 * Plays every cell with every seed.
 *
 * @param subject What is stopped.
 * @param cells What happens to it.
 * @param scale How many of the seeds, from over 0 to 1. The least is a sample that stands for all.
 * @param options How.
 * @throws {Error} If a run says nothing.
 */
export async function play(
  subject: ShutdownSubject,
  cells: readonly Cell[],
  scale: number,
  { limitMs, concurrency }: PlayOptions,
): Promise<Runs> {
  if (scale < LEAST_SCALE) {
    const sample = await subject.sample()
    return new Map(cells.map((cell) => [cell, [sample]]))
  }
  const seeds = SEEDS.slice(0, Math.max(1, Math.round(SEEDS.length * scale)))
  const runs = new Map<Cell, RunReport[]>(cells.map((cell) => [cell, []]))
  const left = seeds.flatMap((seed) => cells.map((cell) => ({ cell, seed })))
  const playOneByOne = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift())
      runs.get(next.cell)?.push(await subject.run(next.cell, next.seed, limitMs))
  }
  await Promise.all(Array.from({ length: concurrency }, playOneByOne))
  return runs
}
