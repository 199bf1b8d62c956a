import { getHeapStatistics } from 'node:v8'
import type { Workload } from './subject.ts'

/** How many bytes one trial may allocate: well under the young generation, so that no collection falls into it. */
const TRIAL_BYTES = 400_000
const MOST_TIMES = 10_000
const TRIALS = 9

/**
 * Measures how much of V8's heap one operation takes, once it is compiled: 0.0 means that nothing is left for the
 * garbage collector. Memory outside the heap, such as that of buffers, is not seen.
 *
 * @param workload A workload that has warmed up.
 * @returns Bytes per operation.
 */
export async function allocatedBytes(workload: Workload): Promise<number> {
  const times = await timesOfTrial(workload)
  const trials: number[] = []
  for (let i = 0; i < TRIALS; i++) trials.push(await trial(workload, times))
  // What is off, is off by a collection (far too little) or by code that was compiled meanwhile (too much).
  return trials.sort((a, b) => a - b)[TRIALS >> 1] as number
}

/** Found by doubling: whoever starts with too many may see nothing for a collection, and take that for little. */
async function timesOfTrial(workload: Workload): Promise<number> {
  let times = 1
  while (times * 2 <= MOST_TIMES && (await trial(workload, times)) * times * 2 <= TRIAL_BYTES) times *= 2
  return times
}

async function trial(workload: Workload, times: number): Promise<number> {
  const gc = globalThis.gc
  if (gc === undefined) throw new Error('Cannot count bytes as the collector is out of reach: run with --expose-gc')
  gc({ type: 'minor' })
  const before = usedBytes()
  const done = workload.run(times)
  if (done !== undefined) await done
  const after = usedBytes()
  const own = usedBytes() - after
  return Math.max(0, (after - before - own) / times)
}

function usedBytes(): number {
  return getHeapStatistics().used_heap_size
}
