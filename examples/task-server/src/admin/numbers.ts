import type { Measurement } from '@breakwater/core'

/** Numbers by their names, and by their labels if they have some. Of a distribution its mean and how many there were. */
export type Numbers = Readonly<Record<string, Value | Readonly<Record<string, Value>>>>

type Value = number | { readonly count: number; readonly mean: number }

/**
 * Puts what an object measures in a form that is quickly read.
 *
 * @param measurements What it measures.
 */
export function toNumbers(measurements: readonly Measurement[]): Numbers {
  const numbers: Record<string, Value | Record<string, Value>> = {}
  for (const { name, labels, value: given } of measurements) {
    const value =
      typeof given === 'number' ? given : { count: given.count, mean: given.count === 0 ? 0 : given.sum / given.count }
    const label = Object.values(labels ?? {}).join(' ')
    if (label === '') numbers[name] = value
    else numbers[name] = { ...(numbers[name] as Record<string, Value> | undefined), [label]: value }
  }
  return numbers
}
