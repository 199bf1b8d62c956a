/** Below it, a number counts seconds: as milliseconds it would be before March 1973. */
const LEAST_MS = 1e11
/** Above it, a number counts microseconds or nanoseconds: as milliseconds it would be after the year 5138. */
const MOST_MS = 1e14

/**
 * When a line was written.
 *
 * @param fields The parsed line. Of `time` and `ts` the first one counts: writers put theirs first, and what comes
 * later is a field of somebody's.
 * @returns Unix milliseconds; `NaN` if it does not say.
 */
export function timeOf(fields: Readonly<Record<string, unknown>>): number {
  const elastic = fields['@timestamp']
  if (elastic !== undefined) return toEpoch(elastic)
  const { time, ts } = fields
  if (ts === undefined || time === undefined) return toEpoch(time ?? ts)
  for (const name in fields) if (name === 'time' || name === 'ts') return toEpoch(fields[name])
  return Number.NaN
}

function toEpoch(value: unknown): number {
  if (typeof value === 'number') return scaled(value)
  if (typeof value !== 'string') return Number.NaN
  return /^\d{9,}(?:\.\d+)?$/.test(value) ? scaled(Number(value)) : Date.parse(value)
}

function scaled(value: number): number {
  if (!Number.isFinite(value) || value < 0) return Number.NaN
  let ms = value < LEAST_MS ? value * 1_000 : value
  while (ms > MOST_MS) ms /= 1_000
  return Math.round(ms)
}
