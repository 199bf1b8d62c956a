import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { attach } from '@breakwater/core'
import { toHandler, toMiddleware } from '@breakwater/express'
import { createMetrics } from '@breakwater/metrics'
import { createShutdown } from '@breakwater/shutdown'
import { type LiveService, liveCases } from '@breakwater/testing/quickstart'
import express from 'express'
import { test } from 'vitest'

function createService(): LiveService {
  const metrics = createMetrics({ process: false })
  const app = express()
  app.use(toMiddleware([metrics.hook]))
  app.get(
    '/livez',
    toHandler(() => ({ status: 200 })),
  )
  const server = createServer(app)
  attach(server, [metrics.serverHook])
  const shutdown = createShutdown({ signals: [], handleCrashes: false, exit: false, lingerMs: 0 })
  shutdown.serve(server)
  return {
    server,
    metrics,
    shutdown,
    async listen() {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      return (server.address() as AddressInfo).port
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await metrics.close()
    },
  }
}

// socket.io answers polls before Express, and so the hooks, get them.
const cases = liveCases(createService, { seesPolls: false })
test.for(cases.map(({ name, run }) => [name, run] as const))('it %s', ([, run]) => run())
