/**
 * The part of a registry that is used here: of prom-client 15, `@prometheus-io/client` and `@platformatic/prom-client`.
 * Declared here, so that none of them is needed; `test/registry-compat.test-d.ts` keeps it true to the real ones.
 */
export interface RegistryPort {
  /** In which format it writes. */
  readonly contentType: string
  /**
   * Takes in a {@link RegistryMetric}, whatever its own types say. Throws if the name is taken.
   *
   * @param metric What to register.
   */
  registerMetric(metric: never): void
  /** What is registered under a name. */
  getSingleMetric(name: string): unknown
  /** Writes one metric down. */
  getSingleMetricAsString(name: string): string | PromiseLike<string>
  /** All that is registered. */
  getMetricsAsArray(): readonly unknown[]
  /** Takes one out. */
  removeSingleMetric(name: string): void
}

/** What a registry asks of a metric. */
export interface RegistryMetric {
  /** The key it is registered under. */
  name: string
  /** One sentence for who reads the metrics. */
  readonly help: string
  /** Such as `counter`. */
  readonly type: string
  /** How several processes' values become one. */
  readonly aggregator: string
  /** For JSON, and for aggregation. */
  get(): RegistryValues | Promise<RegistryValues>
  /** For text. */
  getForPromString(): RegistryValues | Promise<RegistryValues>
  /** Called for each metric by the registry's `resetMetrics()`. */
  reset(): void
}

/** A metric with its values, as a registry reads it. */
export interface RegistryValues {
  /** The metric's name. */
  readonly name: string
  /** One sentence for who reads the metrics. */
  readonly help: string
  /** Such as `counter`. */
  readonly type: string
  /** How several processes' values become one. */
  readonly aggregator?: string | undefined
  /** Its lines. */
  readonly values: RegistryValue[]
}

/** One line of it. */
export interface RegistryValue {
  /** The number. */
  readonly value: number
  /** A registry puts another object here, with its default labels. */
  labels: Readonly<Record<string, string | number>>
  /** If it is not the metric's own name. */
  readonly metricName?: string | undefined
}

/** Whether a registry writes OpenMetrics. */
export function isOpenMetrics(registry: RegistryPort): boolean {
  return registry.contentType.startsWith('application/openmetrics-text')
}
