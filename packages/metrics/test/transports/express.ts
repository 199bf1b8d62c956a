import { createServer, type Server } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { attach } from '@breakwater/core'
import { toHandler, toMiddleware } from '@breakwater/express'
import type { Transport, TransportRoute } from '@breakwater/testing/transport'
import express, { type Request, type Response, type Router } from 'express'

/** Express 5, with hooks, endpoints and nested routers mounted as its users do. */
export const expressTransport: Transport = {
  protocol: 'http',
  async listen({ hooks, serverHooks, endpoints, routes }) {
    const app = express()
    app.use(toMiddleware(hooks))
    app.use(express.text({ type: 'text/plain' }))
    for (const [path, endpoint] of Object.entries(endpoints)) app.get(path, toHandler(endpoint))
    for (const route of routes) mount(app, route.prefixes, route)
    // Its own says the stack of every error.
    app.use((error: { status?: number }, _request: Request, response: Response, _next: unknown) => {
      if (response.headersSent) response.destroy()
      else response.status(error.status ?? 500).send('Something failed')
    })
    const server: Server = createServer(app)
    if (serverHooks.length > 0) attach(server, serverHooks)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return { server, close: () => new Promise((resolve) => server.close(() => resolve())) }
  },
}

function mount(router: Router, [prefix, ...prefixes]: readonly string[], route: TransportRoute): void {
  if (prefix !== undefined) {
    const child = express.Router()
    router.use(prefix, child)
    return mount(child, prefixes, route)
  }
  const method = route.method.toLowerCase() as 'delete' | 'get' | 'options' | 'post'
  router[method](route.path, async (request: Request, response: Response) => {
    const answered = await route.answer({ request, response, text: request.body })
    if (answered === undefined) return
    const { status = 200, body } = answered
    response.status(status)
    if (body instanceof Readable) await pipeline(body, response)
    else response.end(body)
  })
}
