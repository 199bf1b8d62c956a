/** A number at a time. */
export interface Point {
  /** Hours, from any start. */
  readonly hours: number
  /** The number. */
  readonly value: number
}

/**
 * By how much a series grows in an hour: the median over all pairs of points, so that neither their distribution nor a few odd ones
 * matter. Takes time with the square of the points: half a millisecond for 120.
 *
 * @param points At least two, in the order of their times, which differ.
 * @see Theil (1950), Sen (1968).
 */
export function slopeOf(points: readonly Point[]): number {
  const slopes = new Float64Array((points.length * (points.length - 1)) / 2)
  let pair = 0
  for (let later = 1; later < points.length; later++) {
    const { hours, value } = points[later] as Point
    for (let earlier = 0; earlier < later; earlier++) {
      const before = points[earlier] as Point
      slopes[pair++] = (value - before.value) / (hours - before.hours)
    }
  }
  return medianOf(slopes.sort())
}

/**
 * How surely a series grows: standard deviations from one without a trend, by rank. Much faster than its slope.
 *
 * @param points In the order of their times.
 * @see Mann (1945), Kendall (1975), with the correction for ties.
 */
export function significanceOf(points: readonly Point[]): number {
  let score = 0
  for (let later = 1; later < points.length; later++) {
    const { value } = points[later] as Point
    for (let earlier = 0; earlier < later; earlier++) score += Math.sign(value - (points[earlier] as Point).value)
  }
  return toZ(score, points)
}

function medianOf(sorted: Float64Array): number {
  const middle = sorted.length >> 1
  const upper = sorted[middle] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}

/** The score's distance from 0 in standard deviations; one step less, as it takes whole steps of two. */
function toZ(score: number, points: readonly Point[]): number {
  const variance = (weightOf(points.length) - tiesOf(points)) / 18
  return score === 0 || variance <= 0 ? 0 : (score - Math.sign(score)) / Math.sqrt(variance)
}

function tiesOf(points: readonly Point[]): number {
  const counts = new Map<number, number>()
  for (const { value } of points) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts.values()].reduce((sum, count) => sum + weightOf(count), 0)
}

function weightOf(count: number): number {
  return count * (count - 1) * (2 * count + 5)
}
