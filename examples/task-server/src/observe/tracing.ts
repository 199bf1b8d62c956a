import { createTracing, type Tracing } from '@breakwater/tracing'
import { isAdminPath } from '../admin/admin-path.ts'
import { STATEMENT_CHANNEL } from '../database/guarded.ts'
import { isHealthPath } from '../health/endpoints.ts'
import { LIVE_PATH } from '../live/socket/live-path.ts'
import { METRICS_PATH } from './endpoints.ts'

/**
 * Makes spans of requests, and of what is done for them. Without an SDK it costs nothing.
 *
 * @param isDrawn Whether the request that has just come has some. What is not drawn costs nothing.
 */
export function createServerTracing(isDrawn: () => boolean = () => true): Tracing {
  return createTracing({
    name: 'task-server',
    // Of probes and scrapes there are many, and none is of interest. An upgrade has a span of its own.
    ignore: ({ path }) =>
      path === METRICS_PATH || path === LIVE_PATH || isHealthPath(path) || isAdminPath(path) || !isDrawn(),
    operations: {
      [STATEMENT_CHANNEL]: {
        name: (message) => `database ${String((message as { statement?: unknown }).statement)}`,
        attributes: (message) => ({
          'db.system.name': 'postgresql',
          // Always with $1 and so on for values.
          'db.query.text': String((message as { text?: unknown }).text),
        }),
      },
    },
  })
}
