import { toPlugin } from '@breakwater/fastify'
import { createMetrics } from '@breakwater/metrics'
import { createShutdown } from '@breakwater/shutdown'
import { checkWebSockets, type LiveService, liveCases } from '@breakwater/testing/quickstart'
import websocket from '@fastify/websocket'
import { type FastifyInstance, fastify } from 'fastify'
import { onTestFinished, test } from 'vitest'

async function createService(): Promise<LiveService & { readonly app: FastifyInstance }> {
  const metrics = createMetrics({ process: false })
  const app = fastify({ return503OnClosing: false, forceCloseConnections: true })
  const endpoints = { '/livez': () => ({ status: 200 }) }
  await app.register(toPlugin({ hooks: [metrics.hook], serverHooks: [metrics.serverHook], endpoints }))
  const shutdown = createShutdown({ signals: [], handleCrashes: false, exit: false, lingerMs: 0 })
  shutdown.serve(app.server).add('app', () => app.close())
  return {
    app,
    server: app.server,
    metrics,
    shutdown,
    listen: async () => Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port),
    async close() {
      await app.close()
      await metrics.close()
    },
  }
}

// Of polls, which socket.io answers before Fastify gets them, the plugin knows all the same.
const cases = liveCases(createService, { seesPolls: true })
test.for(cases.map(({ name, run }) => [name, run] as const))('it %s', ([, run]) => run())

test('it counts WebSockets of @fastify/websocket by their route, and drains them', async () => {
  const service = await createService()
  onTestFinished(() => service.close())
  const { app, metrics, shutdown } = service
  await app.register(websocket)
  metrics.watchWebSockets(app.websocketServer)
  shutdown.serve(app.websocketServer)
  app.get('/live', { websocket: true }, (socket) => {
    socket.on('message', (text) => socket.send(text))
  })
  await checkWebSockets(service, { '/live 101': 2, 'unmatched 404': 1 })
})
