import type { Exemplar } from '../series/family.ts'

/** What an exemplar leads to: a span, as OpenTelemetry's `SpanContext` has it. */
export interface SpanIds {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string
  /** 16 lower-case hexadecimal digits. */
  readonly spanId: string
  /** Bit 0 says whether the trace is kept. Of others there is nothing to lead to. */
  readonly traceFlags?: number | undefined
}

/** OpenMetrics allows 128 characters for names and values together. */
const LONGEST_ID = 48

/** Keeps the last exemplar of each bucket. */
export class Exemplars {
  readonly #rows: (Exemplar | undefined)[][] = []

  /**
   * Keeps one.
   *
   * @param row Which histogram.
   * @param bucket Which bucket.
   * @param ids What it leads to.
   * @param value What was measured.
   * @param timestampMs When, in Unix milliseconds.
   */
  keep(row: number, bucket: number, ids: SpanIds, value: number, timestampMs: number): void {
    this.#rows[row] ??= []
    const labels = { trace_id: ids.traceId, span_id: ids.spanId }
    ;(this.#rows[row] as (Exemplar | undefined)[])[bucket] = { labels, value, timestampMs }
  }

  /**
   * Those of a histogram, by bucket.
   *
   * @param row Which histogram.
   */
  of(row: number): readonly (Exemplar | undefined)[] | undefined {
    return this.#rows[row]
  }
}

/**
 * Whether ids lead to something that is kept, and fit.
 *
 * @param ids What was given, which may be anything.
 */
export function isKept(ids: SpanIds | null | undefined): ids is SpanIds {
  if (ids == null || (ids.traceFlags !== undefined && (ids.traceFlags & 1) === 0)) return false
  return isId(ids.traceId) && isId(ids.spanId)
}

function isId(id: unknown): boolean {
  return typeof id === 'string' && id !== '' && id.length <= LONGEST_ID && /[^0]/.test(id)
}
