import type { Measurement } from '@breakwater/core'
import { describeFailure } from './line/errors.ts'
import type { Redactor } from './redact/redactor.ts'

/** Counts what a logger does. */
export interface Counts {
  /** A line was written. */
  wrote(level: number): void
  /** A line could not be written. */
  failed(error: unknown): void
  /** What a scrape sees. */
  measure(labels: Readonly<Record<number, string>>): readonly Measurement[]
}

/** @param redactor Counts what was redacted by itself. */
export function createCounts(redactor: Redactor): Counts {
  const lines = new Map<number, { count: number }>()
  let failed = 0
  return {
    wrote(level) {
      const written = lines.get(level)
      if (written === undefined) lines.set(level, { count: 1 })
      else written.count++
    },
    failed(error) {
      if (failed++ === 0)
        process.emitWarning(`A log line could not be written: ${describeFailure(error)}`, { type: 'BreakwaterWarning' })
    },
    measure: (labels) => [
      ...[...lines].map(([level, { count }]) =>
        counter('logger_lines_total', 'Lines written.', count, { level: labels[level] ?? String(level) }),
      ),
      ...[...redactor.counts].map(([detector, value]) =>
        counter('logger_redactions_total', 'Secrets that were kept out of lines.', value, { detector }),
      ),
      counter('logger_lines_failed_total', 'Lines of which only a placeholder could be written.', failed),
    ],
  }
}

function counter(name: string, help: string, value: number, labels?: Readonly<Record<string, string>>): Measurement {
  return { name, help, kind: 'counter', value, labels }
}
