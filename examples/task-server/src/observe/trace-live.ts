import type { Tracing } from '@breakwater/tracing'
import { SpanStatusCode } from '@opentelemetry/api'

/**
 * Runs what answers a request of a WebSocket, in a span that says how it went.
 *
 * @param method What is asked. From a bounded set.
 * @param run Answers it. Called once.
 * @returns The answer.
 */
export type TraceLive = <answer extends { readonly status: number }>(
  method: string,
  run: () => Promise<answer>,
) => Promise<answer>

/**
 * Makes what puts requests of WebSockets in spans. A connection may last for days, so each begins a trace of its own.
 *
 * @param tracing Makes spans.
 * @param isDrawn Whether the request that has just come has some.
 */
export function createLiveTracing(tracing: Pick<Tracing, 'trace'>, isDrawn: () => boolean = () => true): TraceLive {
  return (method, run) => {
    if (!isDrawn()) return run()
    return tracing.trace(
      `live ${method}`,
      async (span) => {
        const answer = await run()
        span.setAttribute('live.status', answer.status)
        if (answer.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
        return answer
      },
      { kind: 'server', isRoot: true, attributes: { 'network.protocol.name': 'websocket', 'live.method': method } },
    )
  }
}
