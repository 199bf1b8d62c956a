import {
  type Clock,
  callable,
  nonEmptyString,
  oneOf,
  positiveInteger,
  positiveMilliseconds,
  systemClock,
} from '@breakwater/core'
import type { BottleneckOptions } from './bottlenecks/options.ts'
import type { SpanIds } from './http/exemplars.ts'
import type { NamesStyle } from './http/names.ts'
import type { RegistryPort } from './registry/port.ts'
import { bucketBounds, DURATION_BOUNDS, SIZE_BOUNDS } from './series/bounds.ts'
import { createLabelSet } from './series/label-set.ts'

/** Options of `createMetrics`. */
export interface MetricsOptions {
  /**
   * Name in events and metrics.
   *
   * @defaultValue `metrics`
   */
  readonly name?: string | undefined
  /**
   * Your own registry, such as `register` of `prom-client` 15, `@prometheus-io/client` or `@platformatic/prom-client`.
   * Everything is registered there, and your own metrics are at the endpoint, too.
   *
   * @defaultValue none is needed
   */
  readonly registry?: RegistryPort | undefined
  /**
   * How metrics and labels of requests are called: `http_request_duration_seconds{method,route,status_code}`, or
   * `http_server_request_duration_seconds{http_request_method,http_route,http_response_status_code,error_type}`, as
   * OpenTelemetry's semantic conventions have it.
   *
   * @defaultValue `prometheus`
   */
  readonly names?: NamesStyle | undefined
  /**
   * Upper bounds of the buckets of request durations, in seconds, ascending; at most 255.
   *
   * @defaultValue `0.001 … 10`: prom-client's, with `0.001` and `0.0025` before them
   */
  readonly durationBounds?: readonly number[] | undefined
  /**
   * Upper bounds of the buckets of sizes, in bytes, ascending; at most 255.
   *
   * @defaultValue powers of ten from `100` to `10_000_000`, our choice
   */
  readonly sizeBounds?: readonly number[] | undefined
  /**
   * Most series of one family. What is new beyond that goes into one series, whose labels are all `overflow`; of what
   * other objects measure, it is left out.
   *
   * @defaultValue `10_000`, our choice: some thousand routes, and 2.5 MB of memory
   */
  readonly maxSeriesPerFamily?: number | undefined
  /**
   * The active span, such as `() => trace.getActiveSpan()?.spanContext()` of OpenTelemetry's API. Asked when the head
   * of a response goes out; shown as an exemplar, where the scraper takes OpenMetrics.
   *
   * @defaultValue none: no exemplars
   */
  readonly exemplars?: (() => SpanIds | undefined) | undefined
  /**
   * Whether to tell of the process: CPU, memory, file descriptors, event loop, garbage collections. What your registry
   * has already is left out, one by one.
   *
   * @defaultValue `true`
   */
  readonly process?: boolean | undefined
  /**
   * Labels of every series, such as `{ service: 'tasks' }`. With a registry of your own, that has default labels.
   *
   * @defaultValue none
   */
  readonly labels?: Readonly<Record<string, string>> | undefined
  /**
   * Milliseconds that one collector may take. What is late is left out of that scrape.
   *
   * @defaultValue `5_000`, half of Prometheus' default `scrape_timeout`
   */
  readonly collectTimeoutMs?: number | undefined
  /** What the views of slow routes, queries and dependencies look at. */
  readonly bottlenecks?: BottleneckOptions | undefined
  /**
   * Where time comes from.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/** {@link MetricsOptions} with every default in place. */
export interface ResolvedMetricsOptions {
  readonly name: string
  readonly registry: RegistryPort | undefined
  readonly names: NamesStyle
  readonly durationBounds: readonly number[]
  readonly sizeBounds: readonly number[]
  readonly maxSeriesPerFamily: number
  readonly exemplars: (() => SpanIds | undefined) | undefined
  readonly process: boolean
  readonly labels: Readonly<Record<string, string>>
  readonly collectTimeoutMs: number
  readonly bottlenecks: BottleneckOptions
  readonly clock: Clock
}

const OF_A_REGISTRY = [
  'registerMetric',
  'getSingleMetric',
  'getSingleMetricAsString',
  'getMetricsAsArray',
  'removeSingleMetric',
] as const

/**
 * @throws {TypeError} If an option is not what it should be.
 * @throws {RangeError} If a number is out of its range.
 */
export function resolveOptions({
  name = 'metrics',
  registry,
  names = 'prometheus',
  durationBounds = DURATION_BOUNDS,
  sizeBounds = SIZE_BOUNDS,
  maxSeriesPerFamily = 10_000,
  exemplars,
  process = true,
  labels = {},
  collectTimeoutMs = 5_000,
  bottlenecks = {},
  clock = systemClock,
}: MetricsOptions = {}): ResolvedMetricsOptions {
  if (registry !== undefined && Object.keys(labels).length > 0)
    throw new TypeError('Expected `labels` or `registry`, got both: give the registry default labels instead')
  return {
    name: nonEmptyString('name', name),
    registry: registry === undefined ? undefined : checkRegistry(registry),
    names: oneOf('names', names, ['prometheus', 'opentelemetry']),
    durationBounds: bucketBounds('durationBounds', durationBounds),
    sizeBounds: bucketBounds('sizeBounds', sizeBounds),
    maxSeriesPerFamily: positiveInteger('maxSeriesPerFamily', maxSeriesPerFamily),
    exemplars: exemplars === undefined ? undefined : callable('exemplars', exemplars),
    process,
    labels: createLabelSet(labels).labels,
    collectTimeoutMs: positiveMilliseconds('collectTimeoutMs', collectTimeoutMs),
    bottlenecks: { clock, ...bottlenecks },
    clock,
  }
}

function checkRegistry(registry: RegistryPort): RegistryPort {
  const missing = OF_A_REGISTRY.find((name) => typeof registry?.[name] !== 'function')
  if (missing === undefined) return registry
  throw new TypeError(`Expected \`registry\` to be one of prom-client's, with \`${missing}()\``)
}
