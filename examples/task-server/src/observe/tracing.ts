import { createTracing, type Tracing } from '@breakwater/tracing'
import { STATEMENT_CHANNEL } from '../database/guarded.ts'
import { isHealthPath } from '../health/endpoints.ts'
import { METRICS_PATH } from './endpoints.ts'

/** Makes spans of requests, and of what is done for them. Without an SDK it costs nothing. */
export function createServerTracing(): Tracing {
  return createTracing({
    name: 'task-server',
    // Of probes and scrapes there are many, and none is of interest.
    ignore: ({ path }) => path === METRICS_PATH || isHealthPath(path),
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
