import type { Clock } from '@breakwater/core'
import { isPromise } from '../exposition/collect.ts'
import { CollectTimeoutError } from '../exposition/errors.ts'
import { type Format, toText } from '../exposition/format.ts'
import { exemplarText } from '../exposition/openmetrics.ts'
import type { Pace } from '../exposition/pace.ts'
import type { ExtraLabels } from '../exposition/renderer.ts'
import { escapeLabelValue, wellFormed } from '../series/label-set.ts'
import { shown } from '../series/names.ts'
import type { RegistryPort } from './port.ts'

/** A metric of the user's, as it was found. Only what was checked can be relied on. */
export interface ForeignFamily {
  /** As it says itself. */
  readonly name: string
  readonly help: string
  /** One of those that Prometheus knows. */
  readonly type: string
  /** How several processes' values become one, in prom-client's words. */
  readonly aggregator: string
  /** Unchecked. */
  readonly values: readonly unknown[]
}

/** One line of a metric of the user's that Prometheus takes. */
export interface ForeignSample {
  readonly name: string
  /** Escaped, without braces. */
  readonly labels: string
  readonly value: number
  /** What follows the value, or nothing. */
  readonly exemplar: string
}

/** Options of {@link collectForeign}. */
export interface ForeignOptions {
  readonly registry: RegistryPort
  /** Whether a metric is one of ours. */
  readonly isOurs: (metric: unknown) => boolean
  /** Milliseconds that a metric may take. */
  readonly timeoutMs: number
  /** Hears of a metric that failed. */
  readonly onFailure: (metric: string, error: unknown) => void
  readonly clock: Clock
}

/** Reads the user's own metrics. */
export interface Foreign {
  /**
   * Asks each metric by itself, all under one time limit. Never fails: a metric that does costs its own lines.
   *
   * @param pace Lets the event loop go on between two.
   */
  collect(pace: Pace): Promise<readonly ForeignFamily[]>
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/
const TYPES: readonly unknown[] = ['counter', 'gauge', 'histogram', 'summary']
/** What the lines of a type may be called besides the metric's own name. */
const ENDS: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
  counter: ['', '_total'],
}
const TOTALS = /(_total)+$/

/** Creates what reads the user's own metrics. */
export function createForeign({ registry, isOurs, timeoutMs, onFailure, clock }: ForeignOptions): Foreign {
  /** Answers that are still waited for from an earlier scrape: these metrics are not asked again. */
  const late = new Map<unknown, PromiseLike<unknown>>()

  return {
    async collect(pace) {
      const found: Promise<ForeignFamily | undefined>[] = []
      for (const metric of list()) {
        if (isOurs(metric)) continue
        found.push(read(metric))
        if (pace.isDue()) await pace.turn()
      }
      return (await Promise.all(found)).filter((family) => family !== undefined)
    },
  }

  function list(): readonly unknown[] {
    try {
      return registry.getMetricsAsArray()
    } catch (error) {
      onFailure('registry', error)
      return []
    }
  }

  async function read(metric: unknown): Promise<ForeignFamily | undefined> {
    const name = nameOf(metric)
    try {
      const answer = late.get(metric) ?? ask(metric)
      return toFamily(name, isPromise(answer) ? await inTime(name, metric, answer) : answer)
    } catch (error) {
      onFailure(name, error)
      return undefined
    }
  }

  /** In OpenMetrics a registry takes `_total` off the names of counters for good, but keeps them under what they had. */
  function nameOf(metric: unknown): string {
    const { name } = metric as { name?: unknown }
    const whole = `${String(name)}_total`
    return registry.getSingleMetric(whole) === metric ? whole : String(name)
  }

  function inTime(name: string, metric: unknown, answer: PromiseLike<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const stop = clock.after(timeoutMs, () => {
        late.set(metric, answer)
        reject(new CollectTimeoutError(name, timeoutMs))
      })
      const settle = (): void => {
        late.delete(metric)
        stop()
      }
      answer.then(settle, settle)
      answer.then(resolve, reject)
    })
  }
}

/** By `get()`, which has labels as they are: in a registry's text what it did not escape is lost. */
function ask(metric: unknown): unknown {
  const { get, getForPromString } = metric as Record<string, unknown>
  const read = typeof get === 'function' ? get : getForPromString
  if (typeof read !== 'function') throw new TypeError('Expected a metric to have `get()`')
  return read.call(metric)
}

function toFamily(name: string, answer: unknown): ForeignFamily {
  const { help, type, aggregator, values } = answer as Record<string, unknown>
  if (!NAME.test(name)) throw new TypeError(`Cannot show a metric as Prometheus would refuse its name ${shown(name)}`)
  return {
    name,
    help: typeof help === 'string' ? help : '',
    type: TYPES.includes(type) ? (type as string) : 'untyped',
    aggregator: typeof aggregator === 'string' ? aggregator : 'sum',
    values: Array.isArray(values) ? values : [],
  }
}

/**
 * The lines of a metric that Prometheus takes: it refuses a whole target for one that is broken.
 *
 * @param family The metric.
 * @param format How to write.
 * @param extra The registry's default labels.
 * @param onDropped Told how many lines are left out, if any are.
 */
export function* toSamples(
  family: ForeignFamily,
  format: Format,
  extra: ExtraLabels,
  onDropped: (lines: number) => void,
): Iterable<ForeignSample> {
  const seen = new Set<string>()
  let dropped = 0
  for (const value of family.values) {
    const sample = toSample(family, format, extra, value)
    const key = sample && `${sample.name}{${sample.labels}`
    if (sample === undefined || key === undefined || seen.has(key)) {
      dropped++
      continue
    }
    seen.add(key)
    yield sample
  }
  if (dropped > 0) onDropped(dropped)
}

function toSample(
  family: ForeignFamily,
  format: Format,
  extra: ExtraLabels,
  value: unknown,
): ForeignSample | undefined {
  try {
    const { metricName = family.name, labels, sharedLabels, value: number, exemplar } = value as Record<string, unknown>
    if (typeof number !== 'number') return undefined
    const name = sampleName(family, format, String(metricName))
    const text = labelText({ ...extra, ...(sharedLabels as object), ...(labels as object) }, format)
    if (name === undefined || text === undefined) return undefined
    return { name, labels: text, value: number, exemplar: format.exemplars ? toExemplar(exemplar) : '' }
  } catch {
    return undefined // a label that cannot be read
  }
}

function sampleName(family: ForeignFamily, format: Format, name: string): string | undefined {
  const { type } = family
  // In OpenMetrics some clients have taken `_total` off a counter's name, or put it there twice.
  const base = type === 'counter' ? family.name.replace(TOTALS, '') : family.name
  if (!(ENDS[type] ?? ['']).some((end) => base + end === (type === 'counter' ? name.replace(TOTALS, '_total') : name)))
    return undefined
  return type === 'counter' ? format.sampleName(family) : name
}

function labelText(labels: Record<string, unknown>, format: Format): string | undefined {
  const parts: string[] = []
  for (const [name, value] of Object.entries(labels)) {
    if (!LABEL_NAME.test(name)) return undefined
    const isBound = (name === 'le' || name === 'quantile') && typeof value === 'number'
    const text = isBound ? format.bound(value) : escapeLabelValue(wellFormed(String(value)))
    parts.push(`${name}="${text}"`)
  }
  return parts.join(',')
}

function toExemplar(exemplar: unknown): string {
  if (typeof exemplar !== 'object' || exemplar === null) return ''
  const { labelSet, value, timestamp } = exemplar as Record<string, unknown>
  const labels = Object.entries((labelSet ?? {}) as object)
  if (labels.length === 0 || typeof value !== 'number' || !labels.every(([name]) => LABEL_NAME.test(name))) return ''
  const texts = Object.fromEntries(labels.map(([name, text]) => [name, String(text)]))
  return exemplarText({ labels: texts, value, timestampMs: Number(timestamp) * 1_000 })
}

/** Lines of a foreign metric that are written at a time. */
const BLOCK_LINES = 128

/**
 * Writes a metric of the user's down, with its head.
 *
 * @returns Pieces of whole lines, written as they are asked for; none if there is nothing to write.
 */
export function* foreignText(
  family: ForeignFamily,
  format: Format,
  extra: ExtraLabels,
  onDropped: (lines: number) => void,
): Iterable<string> {
  let text = format.head(family)
  let lines = 0
  for (const { name, labels, value, exemplar } of toSamples(family, format, extra, onDropped)) {
    text += `${name}${labels === '' ? '' : `{${labels}}`} ${toText(value)}${exemplar}\n`
    if (++lines % BLOCK_LINES !== 0) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}
