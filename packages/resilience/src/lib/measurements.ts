import type { Measurement } from '@breakwater/core'

/** A number that only grows. */
export function counter(name: string, help: string, value: number): Measurement {
  return { name, help, kind: 'counter', value }
}

/** A number as it is now. */
export function gauge(name: string, help: string, value: number): Measurement {
  return { name, help, kind: 'gauge', value }
}

/** Numbers of one name and kind that a label tells apart. */
export function labelled(
  of: (name: string, help: string, value: number) => Measurement,
  name: string,
  help: string,
  label: string,
  values: Readonly<Record<string, number>>,
): Measurement[] {
  return Object.entries(values).map(([key, value]) => ({ ...of(name, help, value), labels: { [label]: key } }))
}
