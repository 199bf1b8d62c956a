import type { Clock } from '@breakwater/core'

/**
 * Stamps lines in ISO 8601, UTC, to the millisecond. Of a stamp only the milliseconds are made anew within a second,
 * which takes a fifth of what `toISOString` takes.
 *
 * @param name How the field is called.
 * @returns The field as it stands in a line.
 */
export function createStamper(name: string, clock: Clock): () => string {
  const before = `,${JSON.stringify(name)}:"`
  let second = Number.NaN
  let text = ''
  let lastMs = Number.NaN
  let last = ''
  return () => {
    const nowMs = Math.floor(clock.epoch())
    if (nowMs === lastMs) return last
    const nowSecond = Math.floor(nowMs / 1_000)
    if (nowSecond !== second) {
      second = nowSecond
      text = `${before}${new Date(nowSecond * 1_000).toISOString().slice(0, -4)}`
    }
    const ms = nowMs - nowSecond * 1_000
    lastMs = nowMs
    last = `${text}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z"`
    return last
  }
}
