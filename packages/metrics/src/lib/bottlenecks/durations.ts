/** Cells to an octave of the grid on which durations are counted: each is at most a quarter as wide as its lower end. */
const PER_OCTAVE = 4
/** Smallest step, in parts of a millisecond. What is shorter is all the same here. */
const PER_MS = 64
const OCTAVES = 24
/** Longer ones are counted as this long, in milliseconds: 262 seconds. Totals and the longest are exact all the same. */
const LONGEST_MS = (2 ** OCTAVES - 1) / PER_MS

/** How many cells there are. */
export const CELLS: number = (OCTAVES - 1) * PER_OCTAVE

/**
 * The cell that a duration belongs to.
 *
 * @param ms Milliseconds, of at least 0.
 */
export function cellOf(ms: number): number {
  const steps = (Math.min(ms, LONGEST_MS) * PER_MS) | 0
  if (steps < PER_OCTAVE) return steps
  const octave = 31 - Math.clz32(steps)
  return (octave - 1) * PER_OCTAVE + ((steps >>> (octave - 2)) & (PER_OCTAVE - 1))
}

/** Where a cell begins, in milliseconds. */
function beginOf(cell: number): number {
  if (cell < PER_OCTAVE) return cell / PER_MS
  const octave = Math.floor(cell / PER_OCTAVE) + 1
  return ((PER_OCTAVE + (cell % PER_OCTAVE)) * 2 ** (octave - 2)) / PER_MS
}

/**
 * Estimates a quantile, off by at most a quarter, and seldom by more than some percent.
 *
 * @param q Between 0 and 1.
 * @param counts How many durations each cell has.
 * @param total How many there are.
 * @param maxMs The longest one.
 * @returns Milliseconds; 0 if there are none.
 */
export function quantileOf(q: number, counts: ArrayLike<number>, total: number, maxMs: number): number {
  const rank = Math.max(1, Math.ceil(q * total))
  let seen = 0
  for (let cell = 0; cell < CELLS; cell++) {
    const count = counts[cell] as number
    if (seen + count < rank) {
      seen += count
      continue
    }
    const begin = beginOf(cell)
    const end = cell === CELLS - 1 ? maxMs : beginOf(cell + 1)
    return Math.min(maxMs, begin + ((end - begin) * (rank - seen)) / count)
  }
  return 0
}
