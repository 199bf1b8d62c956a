import { parseExposition } from '@breakwater/testing/exposition'

const LIMIT_MS = 10_000

/** Numbers of all instances together. */
export interface Counters {
  readonly hits: number
  readonly misses: number
}

/**
 * Reads what the instances count.
 *
 * @param urls Where they are. One that does not answer counts nothing.
 */
export async function scrape(urls: readonly string[]): Promise<Counters> {
  const texts = await Promise.all(
    urls.map(async (url) => {
      const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(LIMIT_MS) })
      return answer.ok ? answer.text() : ''
    }),
  )
  const samples = texts.flatMap((text) => parseExposition(text).samples)
  const sum = (wanted: string): number =>
    samples.filter(({ name }) => name === wanted).reduce((total, { value }) => total + value, 0)
  return { hits: sum('cache_hits_total'), misses: sum('cache_misses_total') }
}
