import { createServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { attach } from '@breakwater/core'
import { toHandler, toMiddleware } from '@breakwater/express'
import { createCertificate, type Transport, type TransportRoute } from '@breakwater/testing/transport'
import express, { type NextFunction, type Request, type Response, type Router } from 'express'
import express4 from 'express4'

/** Express itself, of a major version. What is used of it is the same in both. */
const EXPRESS: Readonly<Record<4 | 5, typeof express>> = { 4: express4 as unknown as typeof express, 5: express }

/**
 * Creates the transport that the conformance suite drives: hooks, endpoints and nested routers of Express, mounted as its
 * users do. Express speaks no HTTP/2.
 *
 * @param version Of Express.
 * @param protocol What its server speaks.
 */
export function createExpressTransport(version: 4 | 5, protocol: 'http' | 'https'): Transport {
  return {
    protocol,
    async listen({ hooks, serverHooks, endpoints, routes, before }) {
      const app = EXPRESS[version]()
      if (before !== undefined) app.use((_request, _response, next) => void before().then(() => next(), next))
      app.use(toMiddleware(hooks))
      app.use(EXPRESS[version].text({ type: 'text/plain' }))
      for (const [path, endpoint] of Object.entries(endpoints)) app.get(path, toHandler(endpoint))
      const routers = new Map<string, Router>()
      for (const route of routes) mount(version, app, routers, route)
      app.use(answerError)
      const server = protocol === 'http' ? createServer(app) : createHttpsServer(createCertificate(), app)
      if (serverHooks.length > 0) attach(server, serverHooks)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return { server, close: () => new Promise((resolve) => server.close(() => resolve())) }
    },
  }
}

/** Mounts a route under its prefixes, each of which has one router: one of several would answer OPTIONS for all. */
function mount(version: 4 | 5, root: Router, routers: Map<string, Router>, route: TransportRoute): void {
  let router = root
  let path = ''
  for (const prefix of route.prefixes) {
    path += prefix
    const child = routers.get(path) ?? EXPRESS[version].Router()
    if (!routers.has(path)) router.use(prefix, child)
    routers.set(path, child)
    router = child
  }
  const method = route.method.toLowerCase() as 'delete' | 'get' | 'options' | 'post'
  const handle = (request: Request, response: Response): Promise<void> => answer(route, request, response)
  // Express 4 knows no promises: its users pass on what they reject with.
  router[method](
    route.path,
    version === 5 ? handle : (request, response, next) => void handle(request, response).catch(next),
  )
}

async function answer(route: TransportRoute, request: Request, response: Response): Promise<void> {
  const text = typeof request.body === 'string' ? request.body : undefined
  const answered = await route.answer({ request, response, text })
  if (answered === undefined) return
  const { status = 200, body } = answered
  response.status(status)
  if (body instanceof Readable) await pipeline(body, response)
  else response.send(body)
}

/** Express's own says the stack of every error. It knows one for errors by its four parameters. */
function answerError(error: { status?: number }, _request: Request, response: Response, _next: NextFunction): void {
  if (response.headersSent) response.destroy()
  else response.status(error.status ?? 500).send('Something failed')
}
