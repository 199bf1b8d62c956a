import type { HttpExchange } from '@breakwater/core'

/** What the lines of a request have in common. A type, as pino takes no interface for bindings. */
export type Ids = {
  /** As it came in. */
  readonly requestId: string
  /** Of the caller. */
  readonly traceId: string
  /** Of the caller. */
  readonly spanId: string
}

/** Of the request that all lines here belong to, if they belong to one. */
export const IDS: Ids = {
  requestId: '01k9x3-7f3b2c41',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
}

/** Its headers. */
export const HEADERS: Readonly<Record<string, string>> = {
  host: 'tasks.example',
  'x-request-id': IDS.requestId,
  traceparent: `00-${IDS.traceId}-${IDS.spanId}-01`,
}

/**
 * Reads them by hand, as most do.
 *
 * @param headers Headers of a request.
 */
export function readIds(headers: Readonly<Record<string, string>>): Ids {
  const [, traceId = '', spanId = ''] = headers.traceparent?.split('-') ?? []
  return { requestId: headers['x-request-id'] ?? '', traceId, spanId }
}

/** The request, as hooks see it. There is no server. */
export function toExchange(): HttpExchange {
  return {
    method: 'GET',
    path: '/tasks/7',
    route: '/tasks/:id',
    status: 200,
    outcome: undefined,
    startedAtMs: performance.now(),
    slots: [],
    header: (name) => HEADERS[name],
    setHeader() {},
  }
}
