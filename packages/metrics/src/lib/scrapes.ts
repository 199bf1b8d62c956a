import type { Clock, HttpEndpoint } from '@breakwater/core'
import { ruleOf } from './aggregate/gauge-rule.ts'
import { createCollection } from './exposition/collect.ts'
import { createExpositionEndpoint } from './exposition/endpoint.ts'
import { type JsonFamily, toJson } from './exposition/json.ts'
import { createScraper, type ScrapeSource } from './exposition/scrape.ts'
import { TEXT } from './exposition/text.ts'
import { createForeign } from './registry/foreign.ts'
import { type Mount, mount } from './registry/mount.ts'
import type { RegistryPort } from './registry/port.ts'
import type { Collector, Family } from './series/family.ts'

/** Where what adds up several processes finds what one has. The same in each copy of this package. */
export const SOURCE: unique symbol = Symbol.for('breakwater:metrics:source') as never

/** Where everything is shown. */
export interface ScrapesOptions {
  /** The user's registry, if there is one. */
  readonly registry: RegistryPort | undefined
  /** Labels of every series. */
  readonly labels: Readonly<Record<string, string>>
  /** Milliseconds that a collector may take. */
  readonly collectTimeoutMs: number
  /** All there are, looked up at each scrape. */
  readonly collectors: () => readonly Collector[]
  /** The one whose families give way to what the registry has already. */
  readonly optional: Collector | undefined
  /** Hears of what could not be collected. */
  readonly onFailure: (collector: string, error: unknown) => void
  /** Where time comes from. */
  readonly clock: Clock
}

/** Shows everything, and in the user's registry if there is one. */
export interface Scrapes {
  /** All there is, for those who add up several processes. */
  readonly source: ScrapeSource
  /** What Prometheus scrapes. */
  readonly endpoint: HttpEndpoint
  /** All families as they are now, by name. */
  text(): Promise<string>
  /**
   * The same as plain data.
   *
   * @param maxSeries How many series at most, in all.
   */
  json(maxSeries: number): Promise<readonly JsonFamily[]>
  /**
   * Whether there is something of a name, or in the registry.
   *
   * @param name The name.
   */
  has(name: string): boolean
  /** Takes everything out of the registry. */
  close(): void
}

/**
 * Creates scrapes.
 *
 * @throws {TypeError} If the registry has something of one of the names. Nothing is registered then.
 */
export function createScrapes(options: ScrapesOptions): Scrapes {
  const { registry, labels, collectTimeoutMs: timeoutMs, collectors, optional, onFailure, clock } = options
  const givenWay = optional === undefined ? undefined : giveWay(optional, registry)
  const collection = createCollection({
    collectors: () => collectors().map((collector) => (collector === optional ? (givenWay ?? collector) : collector)),
    timeoutMs,
    onFailure,
    clock,
  })

  let mounted: Mount | undefined
  if (registry !== undefined) mounted = mount({ registry, collection, aggregatorOf, reset: keep, onFailure, clock })

  const source: ScrapeSource = {
    families: async () => {
      // What was created on this turn, after somebody else collected, is to be there as well.
      await undefined
      return shown(await collection.collect())
    },
    foreign:
      registry === undefined
        ? undefined
        : createForeign({ registry, isOurs: (metric) => mounted?.has(metric) === true, timeoutMs, onFailure, clock }),
    extraLabels: () => mounted?.defaultLabels() ?? labels,
    onFailure,
    clock,
  }
  const scraper = createScraper(source)

  function shown(families: readonly Family[]): readonly Family[] {
    if (mounted === undefined) return families
    mounted.add(families)
    return families.filter(({ name }) => mounted?.isRefused(name) !== true)
  }

  return {
    source,
    endpoint: createExpositionEndpoint(scraper),
    async text() {
      let text = ''
      for await (const piece of scraper.text(TEXT)) text += piece
      return text
    },
    json: async (maxSeries) => toJson(await source.families(), maxSeries),
    has: (name) => registry?.getSingleMetric(name) !== undefined,
    close: () => mounted?.unmount(),
  }
}

/** Without what the registry has already. Its families are the same each time. */
function giveWay(collector: Collector, registry: RegistryPort | undefined): Collector {
  const families = collector.collect() as readonly Family[]
  const left = families.filter(({ name }) => registry?.getSingleMetric(name) === undefined)
  return { name: collector.name, collect: () => left }
}

/** Numbers of other objects are theirs: a registry that is told to begin anew does not change them. */
function keep(): void {}

/** In a registry that adds up a cluster the same rule holds. */
function aggregatorOf({ name, type }: Pick<Family, 'name' | 'type'>): string {
  return type === 'gauge' ? ruleOf(name) : 'sum'
}
