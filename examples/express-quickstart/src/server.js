const { createServer } = require('node:http')
const { createCache } = require('@breakwater/cache')
const { createMemoryStore } = require('@breakwater/cache/memory')
const { attach } = require('@breakwater/core')
const { toHandler, toMiddleware } = require('@breakwater/express')
const { createHealth } = require('@breakwater/health')
const { httpCheck } = require('@breakwater/health/checks')
const { createLogger } = require('@breakwater/logger')
const { createMetrics } = require('@breakwater/metrics')
const { createMonitor } = require('@breakwater/monitor')
const { createCircuitBreaker, createRetry, createTimeout, pipeline } = require('@breakwater/resilience')
const { createShutdown } = require('@breakwater/shutdown')
const { createTracing } = require('@breakwater/tracing')
const express = require('express')
const { openCatalog } = require('./catalog.js')
const { exportSpans } = require('./export-spans.js')
const { answerErrors, sendProblem } = require('./problems.js')

const { PORT = '3000', HOST = '127.0.0.1', CATALOG_URL = openCatalog(3001), OTEL_EXPORTER_OTLP_ENDPOINT } = process.env
const isProbe = ({ path }) => ['/livez', '/readyz', '/metrics'].includes(path)

// 1. How it ends. First of all, so that a signal while it starts is heard.
const shutdown = createShutdown()

// 2. What can be known of it.
const spans = exportSpans(OTEL_EXPORTER_OTLP_ENDPOINT)
const tracing = createTracing({ ignore: isProbe })
const logger = createLogger({
  service: 'express-quickstart',
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
const cache = createCache({
  name: 'products',
  memory: createMemoryStore({ maxEntries: 10_000 }),
  ttlMs: 60_000,
  graceMs: 600_000, // old is better than nothing, while the catalog is down
})
const findProduct = (id) =>
  cache.getOrSet(id, ({ signal }) => catalog.execute((call) => fetchProduct(id, call), { signal }))

async function fetchProduct(id, { signal }) {
  const response = await fetch(`${CATALOG_URL}/products/${encodeURIComponent(id)}`, {
    signal,
    headers: tracing.inject(),
  })
  if (response.ok) return response.json()
  if (response.status === 404) return null
  throw Object.assign(new Error(`The catalog answered ${response.status}`), { status: 502 })
}

// 4. Whether it lives, and whether it should get requests.
const health = createHealth()
  .add('shutdown', () => !shutdown.started, { cacheMs: 0, failureThreshold: 1 })
  .add('pressure', () => !monitor.underPressure, { critical: false, cacheMs: 0 })
  .add('catalog', httpCheck(`${CATALOG_URL}/health`), { critical: false })

// 5. HTTP. Observers come before the monitor, so that a request it refuses is seen, too.
const app = express().disable('x-powered-by')
const observers = [metrics, logger, tracing, monitor]
app.use(toMiddleware(observers.map(({ hook }) => hook)))
app.get('/livez', toHandler(health.liveness))
app.get('/readyz', toHandler(health.readiness))
app.get('/metrics', toHandler(metrics.endpoint))
app.get('/products/:id', async ({ params }, response) => {
  const product = await findProduct(params.id)
  if (product === null) return sendProblem(response, 404)
  logger.info({ product: product.id }, 'product shown')
  response.json(product)
})
answerErrors(app, logger)

const server = createServer(app)
attach(
  server,
  observers.map(({ serverHook }) => serverHook),
)
for (const part of [breaker, cache, health, logger, monitor, shutdown, tracing]) metrics.watch(part)

// 6. What is closed once every request is answered. Who logs or sends comes last.
for (const [name, part] of Object.entries({ cache, health, monitor, metrics, tracing }))
  shutdown.add(name, () => part.close(), { dependsOn: ['logger', 'spans'] })
shutdown.add('logger', () => logger.close()).add('spans', () => spans.close())
shutdown.serve(server)
server.listen(Number(PORT), HOST, () => logger.info(`listening on http://${HOST}:${server.address().port}`))
