/** prom-client's `0.005 … 10`, with `0.001` and `0.0025` before them: also what core's histograms have. */
export const DURATION_BOUNDS: readonly number[] = Object.freeze([
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
])

/** Powers of ten from 100 bytes to 10 MB. */
export const SIZE_BOUNDS: readonly number[] = Object.freeze([100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000])

const MOST_BOUNDS = 255

/**
 * Checks the upper bounds of a histogram's buckets.
 *
 * @param option How the caller calls them.
 * @param bounds What was given.
 * @returns A copy that does not change.
 * @throws {TypeError} If they are no array of numbers.
 * @throws {RangeError} If they are too many, not finite, or do not ascend.
 */
export function bucketBounds(option: string, bounds: readonly number[]): readonly number[] {
  if (!Array.isArray(bounds)) throw new TypeError(`Expected \`${option}\` to be an array of numbers`)
  if (bounds.length === 0 || bounds.length > MOST_BOUNDS)
    throw new RangeError(`Expected \`${option}\` to be 1 to ${MOST_BOUNDS} numbers, got ${bounds.length}`)
  const copy: number[] = []
  let previous = -Infinity
  for (const [index, bound] of bounds.entries()) {
    if (typeof bound !== 'number')
      throw new TypeError(`Expected \`${option}[${index}]\` to be a number, got ${typeof bound}`)
    if (bound === Infinity)
      throw new RangeError(`Expected \`${option}[${index}]\` to be finite: the bucket of +Inf is always there`)
    if (!Number.isFinite(bound))
      throw new RangeError(`Expected \`${option}[${index}]\` to be a finite number, got ${bound}`)
    if (bound <= previous) throw new RangeError(`Expected \`${option}[${index}]\` to be over ${previous}, got ${bound}`)
    copy.push(bound)
    previous = bound
  }
  return Object.freeze(copy)
}
