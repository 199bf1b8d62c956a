import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createShutdown } from '@breakwater/shutdown'

// A cluster whose primary is busy for a while right after it has passed the signal on.

const shutdown = createShutdown()
if (cluster.isPrimary) {
  shutdown.serve(cluster)
  const ports = Array.from({ length: Number(process.env.WORKERS) }, async () => {
    const [address] = await once(cluster.fork(), 'listening')
    return address.port
  })
  const [port] = await Promise.all(ports)
  shutdown.ready()
  shutdown.subscribe(({ type }) => {
    if (type !== 'shutdown:started') return
    setImmediate(() => {
      process.send?.('busy')
      const until = performance.now() + Number(process.env.BUSY_MS)
      while (performance.now() < until);
    })
  })
  process.once('disconnect', () => process.exit(1)) // its parent is gone
  process.send?.({ port })
} else {
  const server = createServer((_request, response) => response.end('hello'))
  shutdown.serve(server)
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => shutdown.ready())
}
