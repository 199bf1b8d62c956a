import { systemClock } from '@breakwater/core'
import type { ScrapeSource } from '../src/lib/exposition/scrape.ts'
import { createLabelSet } from '../src/lib/series/label-set.ts'

/** What a worker of the tests has: a counter, two gauges and a histogram, all of one value. */
export function sourceOf(read: () => number): ScrapeSource {
  const labels = createLabelSet({ route: '/"x"' })
  const head = { help: 'Help.' }
  return {
    families() {
      const value = read()
      const took = { bounds: [0.5, 1], counts: [value, value], count: 2 * value, sum: 3 * value }
      return [
        { ...head, name: 'done_total', type: 'counter', rows: () => [{ labels, value }] },
        { ...head, name: 'doing', type: 'gauge', rows: () => [{ labels, value }] },
        { ...head, name: 'lag_seconds', type: 'gauge', rows: () => [{ labels, value }] },
        { ...head, name: 'took_seconds', type: 'histogram', rows: () => [{ labels, value: took }] },
      ]
    },
    extraLabels: () => ({ app: 'a' }),
    onFailure: (name, error) => process.emitWarning(`${name}: ${String(error)}`),
    clock: systemClock,
  }
}
