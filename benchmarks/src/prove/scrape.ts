import { parseExposition } from '@breakwater/testing/exposition'

const LIMIT_MS = 10_000

/** Numbers of an instance. */
export interface Counters {
  readonly hits: number
  readonly misses: number
}

/**
 * Reads what each instance counts.
 *
 * @param urls Where they are. One that does not answer counts nothing.
 */
export function scrape(urls: readonly string[]): Promise<readonly Counters[]> {
  return Promise.all(
    urls.map(async (url) => {
      const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(LIMIT_MS) })
      const { samples } = parseExposition(answer.ok ? await answer.text() : '')
      const sum = (wanted: string): number =>
        samples.filter(({ name }) => name === wanted).reduce((total, { value }) => total + value, 0)
      return { hits: sum('cache_hits_total'), misses: sum('cache_misses_total') }
    }),
  )
}

/**
 * The share of reads that the cache answered in all instances, 0 if there was none.
 *
 * @param before What each had counted at the beginning.
 * @param after What it has counted now. Less than before, if another process took its place, which began at 0.
 */
export function hitRatioOf(before: readonly Counters[], after: readonly Counters[]): number {
  let hits = 0
  let reads = 0
  for (const [index, now] of after.entries()) {
    const then = before[index]
    const isSame = then !== undefined && now.hits >= then.hits && now.misses >= then.misses
    hits += now.hits - (isSame ? then.hits : 0)
    reads += now.hits + now.misses - (isSame ? then.hits + then.misses : 0)
  }
  return reads > 0 ? hits / reads : 0
}
