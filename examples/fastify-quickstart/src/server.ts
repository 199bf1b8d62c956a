import { createCache } from '@breakwater/cache'
import { createMemoryStore } from '@breakwater/cache/memory'
import { toPlugin } from '@breakwater/fastify'
import { createHealth } from '@breakwater/health'
import { httpCheck } from '@breakwater/health/checks'
import { createLogger } from '@breakwater/logger'
import { createMetrics } from '@breakwater/metrics'
import { createMonitor } from '@breakwater/monitor'
import { createCircuitBreaker, createRetry, createTimeout, pipeline } from '@breakwater/resilience'
import { createShutdown } from '@breakwater/shutdown'
import { createTracing } from '@breakwater/tracing'
import { type FastifyBaseLogger, fastify, LogController } from 'fastify'
import { openCatalog, type Product } from './catalog.ts'
import { exportSpans } from './export-spans.ts'
import { answerError, answerErrors, sendProblem } from './problems.ts'

const { PORT = '3000', HOST = '127.0.0.1', CATALOG_URL = openCatalog(3001), OTEL_EXPORTER_OTLP_ENDPOINT } = process.env
const isProbe = ({ path }: { path: string }): boolean => ['/livez', '/readyz', '/metrics'].includes(path)

// 1. How it ends. First of all, so that a signal while it starts is heard.
const shutdown = createShutdown()

// 2. What can be known of it.
const spans = await exportSpans(OTEL_EXPORTER_OTLP_ENDPOINT)
const tracing = createTracing({ ignore: isProbe })
const logger = createLogger({
  service: 'fastify-quickstart',
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
const findProduct = (id: string): Promise<Product | null> =>
  cache.getOrSet(id, ({ signal }) => catalog.execute((call) => fetchProduct(id, call), { signal }))

async function fetchProduct(id: string, { signal }: { signal: AbortSignal }): Promise<Product | null> {
  const response = await fetch(`${CATALOG_URL}/products/${encodeURIComponent(id)}`, {
    signal,
    headers: tracing.inject(),
  })
  if (response.ok) return (await response.json()) as Product
  if (response.status === 404) return null
  throw Object.assign(new Error(`The catalog answered ${response.status}`), { statusCode: 502 })
}

// 4. Whether it lives, and whether it should get requests.
const health = createHealth()
  .add('shutdown', () => !shutdown.started, { cacheMs: 0, failureThreshold: 1 })
  .add('pressure', () => !monitor.underPressure, { critical: false, cacheMs: 0 })
  .add('catalog', httpCheck(`${CATALOG_URL}/health`), { critical: false })

// 5. HTTP. Observers come before the monitor, so that a request it refuses is seen, too.
const app = fastify({
  loggerInstance: logger.pino as FastifyBaseLogger, // `request.log` has the ids of the request and its trace
  logController: new LogController({ disableRequestLogging: true }), // the hook writes them
  frameworkErrors: answerError,
  return503OnClosing: false, // what reaches us while stopping is answered like any other
})
answerErrors(app)
const observers = [metrics, logger, tracing, monitor]
await app.register(
  toPlugin({
    hooks: observers.map(({ hook }) => hook),
    serverHooks: observers.map(({ serverHook }) => serverHook),
    endpoints: { '/livez': health.liveness, '/readyz': health.readiness, '/metrics': metrics.endpoint },
  }),
)
app.get<{ Params: { id: string } }>('/products/:id', async ({ params, log }, reply) => {
  const product = await findProduct(params.id)
  if (product === null) return sendProblem(reply, 404)
  log.info({ product: product.id }, 'product shown')
  return product
})
for (const part of [breaker, cache, health, logger, monitor, shutdown, tracing]) metrics.watch(part)

// 6. What is closed once every request is answered. Who logs or sends comes last.
for (const [name, part] of Object.entries({ app, cache, health, monitor, metrics, tracing }))
  shutdown.add(name, () => part.close(), { dependsOn: ['logger', 'spans'] })
shutdown.add('logger', () => logger.close()).add('spans', () => spans.close())
shutdown.serve(app.server)
await app.listen({ port: Number(PORT), host: HOST, listenTextResolver: (address) => `listening on ${address}` })
