import { createApp } from './app.ts'
import { openRedis } from './cache/redis.ts'
import { createTaskCache } from './cache/task-cache.ts'
import { guardDatabase } from './database/guarded.ts'
import { readIdentity } from './database/identity.ts'
import { migrate } from './database/migrate.ts'
import { openDatabase } from './database/open.ts'
import { readEnvironment } from './environment.ts'
import { createServerHealth, serveLiveness } from './health/health.ts'
import { listen } from './listen.ts'
import { openBoards } from './live/open-boards.ts'
import { createServerLogger } from './log.ts'
import { createServerMonitor } from './monitor/monitor.ts'
import { createServerMetrics } from './observe/metrics.ts'
import { openSpans } from './observe/spans.ts'
import { createServerTracing } from './observe/tracing.ts'
import { createStop } from './stop.ts'

const stop = createStop()
try {
  const environment = readEnvironment(process.env)
  const spans = await openSpans(environment)
  if (spans !== undefined) await stop.add('spans', spans)
  const tracing = await stop.add('tracing', createServerTracing(spans?.isDrawn), spans === undefined ? [] : ['spans'])
  const logger = await stop.add('logger', createServerLogger(environment, tracing.activeSpan), ['tracing'])
  const metrics = await stop.add('metrics', createServerMetrics(tracing), ['tracing'])
  metrics.watch(stop.measured)
  const monitor = await stop.add('monitor', createServerMonitor())
  const health = await stop.add('health', createServerHealth(environment))
  const healthPort = await serveLiveness(health, environment)
  const database = guardDatabase(await stop.add('database', await openDatabase(environment)))
  await migrate(database)
  const { redisUrl } = environment
  const redis = redisUrl === undefined ? undefined : await stop.add('redis', await openRedis(redisUrl))
  const databaseId = await readIdentity(database)
  const cache = await stop.add('cache', createTaskCache({ redis, databaseId }), redis === undefined ? [] : ['redis'])
  const boards = await stop.add('boards', await openBoards(environment, database, { redis, databaseId }), [
    'database',
    ...(redis === undefined ? [] : ['redis']),
  ])
  const parts = { redis, databaseId, boards, health, monitor, spans, tracing, metrics, logger, stop }
  const app = await stop.add('app', await createApp(environment, database, cache, parts), [
    'boards',
    'cache',
    'database',
    'logger',
    'metrics',
    'tracing',
  ])
  stop.serve(app.server)
  await listen(app, environment, { database, redis, health, healthPort })
} catch (error) {
  await stop.fail(error)
}
