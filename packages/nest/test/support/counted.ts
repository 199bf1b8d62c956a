import { createMetrics, type Metrics } from '@breakwater/metrics'

/** What is counted of an application. */
export interface Counted {
  /** What counts. */
  readonly metrics: Metrics
  /** Counted requests, by route and status, and what is counted of WebSockets. */
  read(): Promise<Readonly<Record<string, number>>>
}

/** Creates what counts requests and WebSockets. */
export function createCounted(): Counted {
  const metrics = createMetrics({ process: false })
  return {
    metrics,
    async read() {
      const text = await metrics.text()
      const requests = text.matchAll(
        /^http_request_duration_seconds_count{.*route="(.+)",status_code="(\d+)"} (\d+)$/gm,
      )
      const sockets = text.matchAll(/^websocket_(connections_\w+|messages_total){?(?:direction="(\w+)"})? (\d+)$/gm)
      const named = [...requests, ...sockets].map(([, name, detail, value]) => [
        [name, detail].join(' ').trim(),
        Number(value),
      ])
      return Object.fromEntries(named)
    },
  }
}
