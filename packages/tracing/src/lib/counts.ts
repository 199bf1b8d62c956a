import type { Measurement } from '@breakwater/core'

/** What a span is about. */
export type SpanSubject = 'request' | 'operation' | 'query' | 'own'

/** What tracing counts. Plain fields: a span costs an addition. */
export class Counts {
  readonly #started: Record<SpanSubject, number> = { request: 0, operation: 0, query: 0, own: 0 }
  unsampled = 0
  open = 0
  malformedParents = 0

  /** A span began that is recorded. */
  begin(subject: SpanSubject): void {
    this.#started[subject]++
    this.open++
  }

  /** What a scrape sees. */
  measure(isTracing: boolean, faults: number): readonly Measurement[] {
    return [
      ...Object.entries(this.#started).map(([subject, value]) =>
        counter('tracing_spans_total', 'Recorded spans that were begun.', value, { subject }),
      ),
      counter('tracing_requests_unsampled_total', 'Requests whose span is not recorded.', this.unsampled),
      counter(
        'tracing_malformed_parents_total',
        'Requests whose traceparent had to be ignored.',
        this.malformedParents,
      ),
      counter('tracing_faults_total', 'How often OpenTelemetry, or a function of yours, threw.', faults),
      { name: 'tracing_spans_open', help: 'Recorded spans that have not ended.', kind: 'gauge', value: this.open },
      { name: 'tracing_active', help: 'Whether an SDK takes spans.', kind: 'gauge', value: isTracing ? 1 : 0 },
    ]
  }
}

function counter(name: string, help: string, value: number, labels?: Readonly<Record<string, string>>): Measurement {
  return { name, help, kind: 'counter', value, labels }
}
