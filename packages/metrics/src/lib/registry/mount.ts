import type { Clock } from '@breakwater/core'
import type { Block } from '../exposition/block.ts'
import { type Collection, isPromise, type MaybePromise } from '../exposition/collect.ts'
import type { Format } from '../exposition/format.ts'
import { OPENMETRICS, unitLine } from '../exposition/openmetrics.ts'
import { createPace, type Pace } from '../exposition/pace.ts'
import { createRenderer, type ExtraLabels, type Renderer } from '../exposition/renderer.ts'
import { TEXT } from '../exposition/text.ts'
import type { Family } from '../series/family.ts'
import { isOpenMetrics, type RegistryMetric, type RegistryPort, type RegistryValues } from './port.ts'
import { type Habits, probeValues, readHabits } from './probe.ts'
import { toValues } from './values.ts'

/** Options of {@link mount}. */
export interface MountOptions {
  /** The user's registry. */
  readonly registry: RegistryPort
  /** What is to be seen in it. */
  readonly collection: Collection
  /** How several processes' values of a family become one: `sum`, `max` or `min`. */
  readonly aggregatorOf: (family: Family) => string
  /** What the registry's `resetMetrics()` does to a family. */
  readonly reset: (family: string) => void
  /** Hears of a family that cannot be in the registry as something else has its name. */
  readonly onFailure: (family: string, error: unknown) => void
  readonly clock: Clock
}

/** Families in a registry of the user's. */
export interface Mount {
  /** Whether something registered is one of these families. */
  has(metric: unknown): boolean
  /** Whether a family is not shown, as something else in the registry has its name. */
  isRefused(family: string): boolean
  /** The labels that the registry adds to each line. */
  defaultLabels(): MaybePromise<ExtraLabels>
  /**
   * Registers families that are new.
   *
   * @param families All there are.
   */
  add(families: readonly Family[]): void
  /** Takes everything out of the registry. */
  unmount(): void
}

/** What the metrics of one scrape share. */
interface Scrape {
  readonly byName: ReadonlyMap<string, Family>
  readonly habits: Habits
  readonly pace: Pace
}

const NO_HABITS: Habits = { defaultLabels: {}, carriesLines: false }
/** What a histogram's lines are called, which so can be nothing else. */
const HISTOGRAM_ENDS: readonly string[] = ['', '_bucket', '_sum', '_count']

/**
 * Puts families into a registry: all that the collection has at once, or none. Those that come later are registered
 * by the scrape that finds them.
 *
 * A registry that takes the text of a whole family as it is gets that, which costs it nothing per series. Whether it
 * does, and its default labels, is found out at each scrape.
 *
 * @throws {TypeError} If the registry has something of one of the names. Nothing is registered then.
 */
export function mount({ registry, collection, aggregatorOf, reset, onFailure, clock }: MountOptions): Mount {
  const metrics = new Map<string, RegistryMetric>()
  const refused = new Set<string>()
  const renderers = new Map<Format, Renderer>()
  let isProbing = false
  let shared: MaybePromise<Scrape> | undefined
  /** What is being written; the next one waits for it, so that together they keep the pace. */
  let writing: Promise<unknown> | undefined

  const present = collection.collect()
  if (!isPromise(present)) {
    const taken = present.flatMap((family) => takenBy(family) ?? [])
    if (taken.length > 0) throw new TypeError(takenText(taken))
    try {
      for (const family of present) register(family)
    } catch (error) {
      unmount()
      throw error
    }
  }

  return {
    has: (metric) => metrics.get((metric as { name?: string } | undefined)?.name ?? '') === metric,
    isRefused: (family) => refused.has(family),
    defaultLabels: () => chain(probe(), ({ defaultLabels }) => defaultLabels),
    add,
    unmount,
  }

  function unmount(): void {
    for (const [name, metric] of metrics)
      if (registry.getSingleMetric(name) === metric) registry.removeSingleMetric(name)
    metrics.clear()
  }

  function takenBy({ name, type }: Family): string | undefined {
    const names = type === 'histogram' ? HISTOGRAM_ENDS.map((end) => name + end) : [name]
    return names.find((one) => (registry.getSingleMetric(one) ?? metrics.get(one)) !== metrics.get(name))
  }

  function add(families: readonly Family[]): void {
    for (const family of families) {
      const { name } = family
      if (metrics.has(name) || refused.has(name)) continue
      try {
        const taken = takenBy(family)
        if (taken !== undefined) throw new TypeError(takenText([taken]))
        register(family)
      } catch (error) {
        refused.add(name)
        onFailure(name, error)
      }
    }
  }

  function register(family: Family): void {
    const { name, help, type } = family
    const aggregator = aggregatorOf(family)
    const metric: RegistryMetric = {
      get name() {
        return name
      },
      // In OpenMetrics a registry takes `_total` off the names of counters, and then finds them under none.
      set name(_) {},
      help,
      type,
      aggregator,
      get: () => chain(scrape(), ({ byName }) => toValues({ name, help, type }, aggregator, byName.get(name))),
      getForPromString: () => (isProbing ? probeValues(name) : chain(scrape(), (found) => write(family, found))),
      reset: () => reset(name),
    }
    registry.registerMetric(metric as never)
    metrics.set(name, metric)
  }

  /** All metrics are asked on one turn, and are to say the same. */
  function scrape(): MaybePromise<Scrape> {
    if (shared !== undefined) return shared
    shared = chain(collection.collect(), (families) => {
      add(families)
      return chain(probe(), (habits) => ({
        byName: new Map(families.map((family) => [family.name, family])),
        habits,
        pace: createPace(clock),
      }))
    })
    if (isPromise(shared)) void shared.finally(forget)
    else queueMicrotask(forget)
    return shared
  }

  function forget(): void {
    shared = undefined
  }

  function probe(): MaybePromise<Habits> {
    const name = [...metrics.keys()].find((one) => registry.getSingleMetric(one) === metrics.get(one))
    if (name === undefined) return NO_HABITS
    isProbing = true
    try {
      const text = registry.getSingleMetricAsString(name)
      if (typeof text === 'string') return readHabits(text)
      return Promise.resolve(text).then(readHabits, () => NO_HABITS)
    } catch {
      return NO_HABITS
    } finally {
      isProbing = false
    }
  }

  function write({ name, help, type }: Family, { byName, habits, pace }: Scrape): MaybePromise<RegistryValues> {
    const format = isOpenMetrics(registry) ? OPENMETRICS : TEXT
    const family = byName.get(name)
    if (!habits.carriesLines) {
      const values = toValues({ name, help, type }, aggregatorOf({ name, help, type, rows: () => [] }), family)
      return { ...values, name: format.familyName(values) }
    }
    const head = { name: format.familyName({ name, help, type }), help }
    const unit = format === OPENMETRICS ? unitLine(head.name) : ''
    if (family === undefined) return { ...head, type, values: [] }
    const renderer = rendererOf(format)
    const blocks = renderer.rows(family, habits.defaultLabels)[Symbol.iterator]()
    return chain(
      inTurn(() => join(blocks, pace)),
      (lines) => ({
        ...head,
        type: lines === '' ? type : `${type}\n${unit}${lines}`,
        values: [],
      }),
    )
  }

  function rendererOf(format: Format): Renderer {
    let renderer = renderers.get(format)
    if (renderer === undefined) {
      // The other format's texts are of no use any more.
      renderers.clear()
      renderer = createRenderer(format)
      renderers.set(format, renderer)
    }
    return renderer
  }

  function inTurn(run: () => MaybePromise<string>): MaybePromise<string> {
    if (writing === undefined) {
      const text = run()
      if (isPromise(text)) hold(text)
      return text
    }
    const next = writing.then(run)
    hold(next)
    return next
  }

  function hold(text: Promise<string>): void {
    const mine = text.then(release, release)
    writing = mine
    function release(): void {
      if (writing === mine) writing = undefined
    }
  }
}

/** All pieces, without the last line's end: the registry writes that. Cut from a piece, as a cut would copy the whole. */
function join(blocks: Iterator<Block>, pace: Pace, before = '', last = ''): MaybePromise<string> {
  let text = before
  let piece = last
  for (;;) {
    const { done, value } = blocks.next()
    if (done === true) return text + piece.slice(0, -1)
    text += piece
    piece = value.text
    if (pace.isDue()) return pace.turn().then(() => join(blocks, pace, text, piece))
  }
}

function chain<value, next>(
  value: MaybePromise<value>,
  then: (value: value) => MaybePromise<next>,
): MaybePromise<next> {
  return isPromise(value) ? (value as Promise<value>).then(then) : then(value as value)
}

function takenText(names: readonly string[]): string {
  const list = names.map((name) => `"${name}"`).join(', ')
  return `Cannot register ${list} as the registry has ${names.length > 1 ? 'metrics of these names' : 'a metric of this name'}: nothing was registered`
}
