import { createMetrics, type Metrics } from '@breakwater/metrics'
import type { Tracing } from '@breakwater/tracing'
import { STATEMENT_CHANNEL } from '../database/guarded.ts'

/**
 * Counts every request, everything that the parts of this server measure, and this process.
 *
 * @param tracing Knows the spans that slow requests can be looked up by.
 */
export function createServerMetrics(tracing: Tracing): Metrics {
  const metrics = createMetrics({
    name: 'task-server',
    exemplars: () => tracing.activeSpan(),
    bottlenecks: {
      channels: [
        { channel: 'breakwater:cache:load', kind: 'load' },
        { channel: 'breakwater:resilience:execute', kind: 'dependency' },
        { channel: STATEMENT_CHANNEL, kind: 'query', nameOf: ({ text }) => String(text) },
      ],
    },
  })
  metrics.watch(tracing)
  return metrics
}
