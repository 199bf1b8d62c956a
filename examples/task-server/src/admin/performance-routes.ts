import type { Metrics } from '@breakwater/metrics'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import type { Spans } from '../observe/spans.ts'
import { toPerformance } from './performance.ts'

const MAX_ROUTES = 500
const MAX_SERIES = 5_000
const DEFAULT_LIMIT = 20

const Limit = Type.String({ pattern: '^([1-9]\\d?|100)$', expected: 'an integer from 1 to 100' })
const Name = Type.String({ minLength: 1, maxLength: 200 })

const BottleneckParams = Type.Object(
  {
    by: Type.Optional(Type.Enum(['time', 'p95', 'failures', 'trend'])),
    kind: Type.Optional(Name),
    limit: Type.Optional(Limit),
  },
  { additionalProperties: false },
)
const TraceParams = Type.Object(
  {
    name: Type.Optional(Name),
    minMs: Type.Optional(Type.String({ pattern: '^\\d{1,7}$', expected: 'a number of milliseconds' })),
    limit: Type.Optional(Limit),
  },
  { additionalProperties: false },
)

/**
 * Creates the routes about how fast this process answers, and what keeps it from being faster.
 *
 * @param metrics Counts requests, and knows what takes time.
 * @param spans Has the slowest traces, if anybody takes spans.
 */
export function performanceRoutes(
  metrics: Metrics,
  spans: Pick<Spans, 'perSecond' | 'slowTraces'> | undefined,
): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/metrics', async () =>
      toPerformance(
        metrics.bottlenecks({ kind: 'route', limit: MAX_ROUTES }),
        await metrics.json({ maxSeries: MAX_SERIES }),
      ),
    )

    app.get('/traces', { schema: { querystring: TraceParams } }, async ({ query: { name, minMs, limit } }) => ({
      perSecond: spans === undefined ? 0 : Number.isFinite(spans.perSecond) ? spans.perSecond : 'all',
      traces:
        spans?.slowTraces.slowest({ name, minMs: Number(minMs ?? 0), limit: Number(limit ?? DEFAULT_LIMIT) }) ?? [],
    }))

    app.get('/bottlenecks', { schema: { querystring: BottleneckParams } }, async ({ query: { by, kind, limit } }) =>
      metrics.bottlenecks({ by, kind, limit: limit === undefined ? undefined : Number(limit) }),
    )
  }
}
