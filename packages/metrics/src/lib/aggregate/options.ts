import { type Clock, type HttpEndpoint, positiveMilliseconds, systemClock } from '@breakwater/core'
import { createExpositionEndpoint } from '../exposition/endpoint.ts'
import { createScraper, type ScrapeSource } from '../exposition/scrape.ts'
import { TEXT } from '../exposition/text.ts'
import type { GaugeRule } from './gauge-rule.ts'
import type { Hub, HubOptions } from './hub.ts'

/** Options of what adds up many processes or threads. */
export interface AggregateOptions {
  /** What this process or thread has itself, if that is to be in it. */
  readonly own?: ScrapeSource | undefined
  /**
   * Milliseconds that each may take to answer. Of who does not, what it last counted stands.
   *
   * @defaultValue `2_000`, our choice: well below the 10 seconds of a Prometheus scrape
   */
  readonly timeoutMs?: number | undefined
  /**
   * How gauges become one, by name.
   *
   * @defaultValue amounts are added up, of times, ratios, limits and states the largest is taken
   */
  readonly gauges?: Readonly<Record<string, GaugeRule>> | undefined
  /** Hears of who did not answer in time, and of what cannot be shown. */
  readonly onFailure?: ((name: string, error: unknown) => void) | undefined
  /** @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

/** The numbers of many processes or threads as one. */
export interface Aggregate extends AsyncDisposable {
  /** What Prometheus scrapes. */
  readonly endpoint: HttpEndpoint
  /** The same as text. */
  text(): Promise<string>
  /** Stops listening. Idempotent. */
  close(): Promise<void>
}

/** Options with their defaults. */
export function resolveOptions(options: AggregateOptions): Omit<HubOptions, 'peers'> {
  const { own, timeoutMs = 2_000, gauges = {}, onFailure = () => {}, clock = systemClock } = options
  return { own, timeoutMs: positiveMilliseconds('timeoutMs', timeoutMs), gauges: { ...gauges }, onFailure, clock }
}

/**
 * What a hub looks like to its user.
 *
 * @param hub The hub.
 * @param options Its options.
 * @param stop Stops listening.
 */
export function toAggregate(
  hub: Hub,
  { onFailure, clock }: Pick<HubOptions, 'onFailure' | 'clock'>,
  stop: () => void,
): Aggregate {
  const scraper = createScraper({
    families: async () => (await hub.collect()).families(),
    foreign: { collect: async () => (await hub.collect()).foreign() },
    extraLabels: () => ({}),
    onFailure,
    clock,
  })
  const close = async (): Promise<void> => stop()
  return {
    endpoint: createExpositionEndpoint(scraper),
    async text() {
      let text = ''
      for await (const piece of scraper.text(TEXT)) text += piece
      return text
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
