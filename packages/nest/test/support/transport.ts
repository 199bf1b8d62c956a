import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BreakwaterModule } from '@breakwater/nest'
import { createCertificate, type Protocol, type Transport, type TransportRoute } from '@breakwater/testing/transport'
import { Controller, Delete, Get, type INestApplication, Options, Post, Req, Res, type Type } from '@nestjs/common'
import { NestFactory, RouterModule } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { FastifyInstance } from 'fastify'

/** What an application stands on. */
export type Platform = 'express' | 'fastify'

const METHODS = { DELETE: Delete, GET: Get, OPTIONS: Options, POST: Post }

/**
 * Creates the transport that the conformance suite drives.
 *
 * @param platform What the application stands on.
 * @param protocol What its server speaks.
 */
export function createTransport(platform: Platform, protocol: Protocol): Transport {
  return {
    protocol,
    async listen({ hooks, serverHooks, endpoints, routes, before }) {
      const mounted = BreakwaterModule.forRoot({ hooks, serverHooks, endpoints })
      const app = await createApplication(platform, protocol, toModule(mounted, platform, routes), before)
      await app.listen(0, '127.0.0.1')
      return { server: app.getHttpServer(), close: () => app.close() }
    },
  }
}

async function createApplication(
  platform: Platform,
  protocol: Protocol,
  module: Type,
  before: (() => Promise<void>) | undefined,
): Promise<INestApplication> {
  const options = { logger: false, abortOnError: false, bodyParser: false } as const
  if (platform === 'express') {
    const adapter = new ExpressAdapter()
    if (before !== undefined)
      adapter.use((_request: unknown, _response: unknown, next: () => void) => void before().then(next))
    const https = protocol === 'https' ? { httpsOptions: createCertificate() } : {}
    const app = await NestFactory.create(module, adapter, { ...options, ...https })
    adapter.useBodyParser('text' as never, false, { type: 'text/plain' } as never)
    return app
  }
  const tls = protocol === 'https' || protocol === 'h2' ? { https: createCertificate() } : {}
  const http2 = protocol === 'h2' || protocol === 'h2c' ? { http2: true as const } : {}
  const adapter = new FastifyAdapter({ ...tls, ...http2 } as never)
  const server = adapter.getInstance() as unknown as FastifyInstance
  if (before !== undefined) server.addHook('onRequest', before)
  const app = await NestFactory.create(module, adapter, options)
  server.addContentTypeParser('*', (_request, _body, done) => done(null))
  return app
}

/** A controller for each route, in a module under each prefix. */
function toModule(mounted: unknown, platform: Platform, routes: readonly TransportRoute[]): Type {
  const children = routes.map((route) => {
    const module = class RouteModule {}
    return { route, module, definition: { module, controllers: [toController(platform, route)] } }
  })
  class RootModule {}
  Reflect.defineMetadata(
    'imports',
    [
      mounted,
      ...children.map(({ definition }) => definition),
      RouterModule.register(children.map(({ route, module }) => ({ path: route.prefixes.join('') || '/', module }))),
    ],
    RootModule,
  )
  return RootModule
}

function toController(platform: Platform, route: TransportRoute): Type {
  class RouteController {
    // biome-ignore lint/suspicious/noExplicitAny: both frameworks'
    async handle(request: any, response: any): Promise<void> {
      const node = { request: request.raw ?? request, response: response.raw ?? response }
      const answered = await route.answer({ ...node, text: request.body })
      if (answered === undefined) return void (platform === 'fastify' && response.hijack())
      const { status = 200, body } = answered
      if (platform === 'fastify') return void response.code(status).send(body)
      response.status(status)
      if (body instanceof Readable) await pipeline(body, response)
      else response.end(body)
    }
  }
  const { prototype } = RouteController
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'handle') as PropertyDescriptor
  Controller()(RouteController)
  METHODS[route.method](route.path)(prototype, 'handle', descriptor)
  Req()(prototype, 'handle', 0)
  Res()(prototype, 'handle', 1)
  return RouteController
}
