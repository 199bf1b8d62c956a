import type { Metrics } from '@breakwater/metrics'
import type { Monitor } from '@breakwater/monitor'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { InvalidRequestError } from '../http/validation.ts'

const MAX_SERIES = 5_000

const Threshold = Type.Object(
  {
    signal: Type.String({ minLength: 1, maxLength: 100 }),
    warning: Type.Number({ exclusiveMinimum: 0 }),
    critical: Type.Number({ exclusiveMinimum: 0 }),
  },
  { additionalProperties: false },
)

/**
 * Creates the routes about what this process measures, and from where on that is too much.
 *
 * @param monitor Watches it.
 * @param metrics Knows the numbers of all its parts.
 */
export function monitoringRoutes(monitor: Monitor, metrics: Metrics): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/metrics', async () => ({
      process: monitor.snapshot(),
      families: await metrics.json({ maxSeries: MAX_SERIES }),
    }))

    app.post('/threshold', { schema: { body: Threshold } }, async ({ body: { signal, warning, critical } }) => {
      const { signals } = monitor.snapshot()
      const before = Object.hasOwn(signals, signal) ? signals[signal] : undefined
      if (before === undefined)
        throw new InvalidRequestError([
          { pointer: '/signal', detail: `must be one of ${Object.keys(signals).join(', ')}` },
        ])
      try {
        monitor.setThresholds(signal, { warning, critical })
      } catch (error) {
        if (error instanceof RangeError) throw new InvalidRequestError([{ pointer: '', detail: error.message }])
        throw error
      }
      return {
        signal,
        before: { warning: before.warning, critical: before.critical },
        after: { warning, critical },
      }
    })
  }
}
