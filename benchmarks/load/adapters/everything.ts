import type { Server } from 'node:http'
import type { HttpEndpoint, HttpHook, HttpServerHook } from '@breakwater/core'
import { createHealth } from '@breakwater/health'
import { createLogger } from '@breakwater/logger'
import { createMetrics } from '@breakwater/metrics'
import { createMonitor } from '@breakwater/monitor'
import { createShutdown, type Shutdown } from '@breakwater/shutdown'
import { parseExposition } from '@breakwater/testing/exposition'
import { createTracing } from '@breakwater/tracing'
import { type CountedStream, toOurStream } from '../logger/streams.ts'

/** Everything that stands around a service, to be mounted on whatever framework it has. */
export interface Everything {
  readonly hooks: readonly HttpHook[]
  readonly serverHooks: readonly HttpServerHook[]
  readonly endpoints: Readonly<Record<string, HttpEndpoint>>
  /** Drains the server, once it serves it. */
  readonly shutdown: Shutdown
  /** How many requests metrics and monitor have counted, and lines were written. */
  work(): Promise<number>
  /**
   * Ends all of it when the server ends.
   *
   * @param server The server.
   */
  closeWith(server: Server): void
}

/** Metrics and monitor each count a request. */
export const COUNTED = 2

const COUNTERS: ReadonlySet<string> = new Set(['http_request_duration_seconds_count', 'monitor_requests_total'])

/**
 * Creates everything, as the quickstarts have it.
 *
 * @param hasLines Whether there is a line for each request.
 */
export function createEverything(hasLines: boolean): Everything {
  // Signals and crashes are none of a bench's; the events of others, which in tests share its process, are not either.
  const shutdown = createShutdown({ signals: [], handleCrashes: false, exit: false })
  const stream: CountedStream = toOurStream(false)
  const tracing = createTracing()
  const logger = createLogger({
    destination: stream,
    hear: false,
    crashes: false,
    context: { activeSpan: () => tracing.activeSpan() },
    ...(!hasLines && { requests: false }),
  })
  const metrics = createMetrics({ exemplars: () => tracing.activeSpan() })
  const monitor = createMonitor()
  const health = createHealth()
    .add('shutdown', () => !shutdown.started)
    .add('pressure', () => !monitor.underPressure, { critical: false })
  for (const part of [health, logger, monitor, shutdown, tracing]) metrics.watch(part)
  const observers = [metrics, logger, tracing, monitor]

  return {
    hooks: observers.map(({ hook }) => hook),
    serverHooks: observers.map(({ serverHook }) => serverHook),
    endpoints: { '/livez': health.liveness, '/readyz': health.readiness, '/metrics': metrics.endpoint },
    shutdown,
    async work() {
      const { samples } = parseExposition(await metrics.text())
      const counted = samples.filter(({ name }) => COUNTERS.has(name))
      return counted.reduce((sum, { value }) => sum + value, 0) + stream.lines()
    },
    closeWith(server) {
      stream.closeWith(server)
      server.once('close', () => {
        for (const part of [health, logger, metrics, monitor, tracing]) void part.close()
      })
    },
  }
}
