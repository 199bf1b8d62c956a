/** What to add to `performance.now()`, which begins with each process. */
const OFFSET_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now()

/** Milliseconds of the machine's monotonic clock: the same in all processes. */
export function machineNow(): number {
  return performance.now() + OFFSET_MS
}
