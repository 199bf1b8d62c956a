import { createCache } from '@breakwater/cache'
import { createMemoryStore } from '@breakwater/cache/memory'
import { createHealth } from '@breakwater/health'
import { httpCheck } from '@breakwater/health/checks'
import { createLogger } from '@breakwater/logger'
import { createMetrics } from '@breakwater/metrics'
import { createMonitor } from '@breakwater/monitor'
import { type BreakwaterOptions, provide } from '@breakwater/nest'
import { createCircuitBreaker, createRetry, createTimeout, pipeline } from '@breakwater/resilience'
import { createShutdown } from '@breakwater/shutdown'
import { createTracing } from '@breakwater/tracing'
import type { Product } from './catalog.ts'
import { exportSpans } from './export-spans.ts'
import type { Settings } from './settings.ts'
import { CATALOG, LOGGER, METRICS, PRODUCTS, SHUTDOWN, TRACING } from './tokens.ts'

const isProbe = ({ path }: { path: string }): boolean => ['/livez', '/readyz', '/metrics'].includes(path)

/** Everything around the service. Nest calls it once, when it makes its providers. */
export async function createFeatures({ catalogUrl, otlpEndpoint }: Settings): Promise<BreakwaterOptions> {
  // 1. How it ends. First of all, so that a signal while it starts is heard.
  const shutdown = createShutdown()

  // 2. What can be known of it.
  const spans = await exportSpans(otlpEndpoint)
  const tracing = createTracing({ ignore: isProbe })
  const logger = createLogger({
    service: 'nest-quickstart',
    context: { activeSpan: () => tracing.activeSpan() },
    requests: { ignore: isProbe },
  })
  const metrics = createMetrics({ exemplars: () => tracing.activeSpan() })
  const monitor = createMonitor() // also refuses requests when there are too many

  // 3. One dependency: what goes wrong with it stays with it, and what it said is kept for a minute.
  const breaker = createCircuitBreaker({ name: 'catalog', failureRatio: 0.5, windowMs: 10_000, openForMs: 5_000 })
  const catalog = pipeline(
    createRetry({ name: 'catalog', maxAttempts: 2 }),
    breaker,
    createTimeout({ name: 'catalog', limitMs: 2_000 }),
  )
  const cache = createCache<Record<string, Product | null>>({
    name: 'products',
    memory: createMemoryStore({ maxEntries: 10_000 }),
    ttlMs: 60_000,
    graceMs: 600_000, // old is better than nothing, while the catalog is down
  })

  // 4. Whether it lives, and whether it should get requests.
  const health = createHealth()
    .add('shutdown', () => !shutdown.started, { cacheMs: 0, failureThreshold: 1 })
    .add('pressure', () => !monitor.underPressure, { critical: false, cacheMs: 0 })
    .add('catalog', httpCheck(`${catalogUrl}/health`), { critical: false })
  for (const part of [breaker, cache, health, logger, monitor, shutdown, tracing]) metrics.watch(part)

  // 5. What is closed once every request is answered and Nest's own hooks have run. Who logs or sends comes last.
  const parts = { cache, health, monitor, metrics, tracing }
  for (const [name, part] of Object.entries(parts))
    shutdown.add(name, () => part.close(), { dependsOn: ['logger', 'spans'] })
  shutdown.add('logger', () => logger.close()).add('spans', () => spans.close())

  // 6. What Nest gets of it. Observers come before the monitor, so that a request it refuses is seen, too.
  const observers = [metrics, logger, tracing, monitor]
  return {
    hooks: observers.map(({ hook }) => hook),
    serverHooks: observers.map(({ serverHook }) => serverHook),
    endpoints: { '/livez': health.liveness, '/readyz': health.readiness, '/metrics': metrics.endpoint },
    shutdown,
    dependsOn: [...Object.keys(parts), 'logger', 'spans'],
    provides: [
      provide(CATALOG, catalog),
      provide(LOGGER, logger),
      provide(METRICS, metrics),
      provide(PRODUCTS, cache),
      provide(SHUTDOWN, shutdown),
      provide(TRACING, tracing),
    ],
  }
}
