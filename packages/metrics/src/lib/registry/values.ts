import type { Family } from '../series/family.ts'
import type { RegistryValue, RegistryValues } from './port.ts'

/**
 * A family as a registry reads it for JSON and for aggregation: one object per line, new each time, as it changes them.
 *
 * @param head What it is.
 * @param aggregator How several processes' values become one.
 * @param family Its series, if there are any now.
 */
export function toValues(
  { name, help, type }: Pick<Family, 'name' | 'help' | 'type'>,
  aggregator: string,
  family: Family | undefined,
): RegistryValues {
  const values: RegistryValue[] = []
  for (const row of family?.rows() ?? []) {
    const { labels } = row.labels
    if (typeof row.value === 'number') {
      values.push({ value: row.value, labels })
      continue
    }
    const { bounds, counts, count, sum } = row.value
    bounds.forEach((le, index) => {
      values.push({ value: counts[index] as number, labels: { le, ...labels }, metricName: `${name}_bucket` })
    })
    values.push({ value: count, labels: { le: '+Inf', ...labels }, metricName: `${name}_bucket` })
    values.push({ value: sum, labels, metricName: `${name}_sum` })
    values.push({ value: count, labels, metricName: `${name}_count` })
  }
  return { name, help, type, aggregator, values }
}
