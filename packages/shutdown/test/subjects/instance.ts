import { createServer, type Server } from 'node:http'

/** What an instance has to know of its way of stopping. */
export interface Stopping {
  /** Whether it was told to stop. */
  readonly started: boolean
}

/**
 * One of several instances behind a load balancer: answers `/work?ms=&id=` with the id after a while, with `busyMs` after it has kept the
 * processor busy for as long, and says at `/readyz` whether it wants more.
 *
 * @param attach Puts a way of stopping in place.
 */
export function serveInstance(attach: (server: Server) => Stopping): void {
  const { PORT, REUSE_PORT, GENERATION = '' } = process.env
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://instance')
    if (pathname === '/readyz') return void response.writeHead(stopping.started ? 503 : 200).end()
    const answer = (): void => {
      const untilMs = performance.now() + Number(searchParams.get('busyMs'))
      while (performance.now() < untilMs);
      const body = `${GENERATION} ${searchParams.get('id')}`
      response.writeHead(200, { 'content-length': Buffer.byteLength(body) }).end(body)
    }
    // A body that is not read would end the connection.
    request.resume().once('end', () => void setTimeout(answer, Number(searchParams.get('ms'))))
  })
  server.keepAliveTimeout = 75_000 // over that of nginx, so that it is nginx who ends what is idle
  const stopping = attach(server)
  const options = { port: Number(PORT), host: '127.0.0.1', ...(REUSE_PORT === '1' && { reusePort: true }) }
  server.listen(options, () => process.send?.('ready'))
  process.once('disconnect', () => process.exit(1)) // whoever started it is gone
}
