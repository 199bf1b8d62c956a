/** Skew of who is asked for. @see B. F. Cooper et al., "Benchmarking Cloud Serving Systems with YCSB", 2010: its zipfian workloads */
export const YCSB_SKEW = 0.99

/**
 * Creates what chooses one of many, of which few are chosen often: number `n` in proportion to `1 / (n + 1) ^ skew`.
 *
 * @param count Of how many.
 * @param skew How uneven; 0 is even.
 * @returns A function from a number in [0, 1) to an index.
 */
export function createZipf(count: number, skew: number = YCSB_SKEW): (uniform: number) => number {
  const upTo = new Float64Array(count)
  let sum = 0
  for (let n = 0; n < count; n++) {
    sum += 1 / (n + 1) ** skew
    upTo[n] = sum
  }
  return (uniform) => {
    const goal = uniform * sum
    let from = 0
    let to = count - 1
    while (from < to) {
      const middle = (from + to) >> 1
      if ((upTo[middle] as number) <= goal) from = middle + 1
      else to = middle
    }
    return from
  }
}
