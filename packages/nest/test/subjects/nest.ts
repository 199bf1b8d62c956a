import { BreakwaterModule, closeOnShutdown } from '@breakwater/nest'
import { createShutdown } from '@breakwater/shutdown'
import { type CreatedServers, type Protocol, serveSubject } from '@breakwater/testing/subject'
import { All, Controller, type INestApplication, Req, Res } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { WsAdapter } from '@nestjs/platform-ws'
import { WebSocketGateway } from '@nestjs/websockets'
import type { FastifyInstance } from 'fastify'
import { type WebSocket, WebSocketServer } from 'ws'
import { decorate } from '../support/app.ts'

// What the harness of graceful shutdown stops: an application on the platform that it is told, which answers everything in a
// controller, and WebSockets in a gateway.

type Routes = Parameters<NonNullable<Parameters<typeof serveSubject>[1]>>[1]
type Tls = Parameters<NonNullable<Parameters<typeof serveSubject>[1]>>[2]

const shutdown = createShutdown({ drainDelayMs: Number(process.env.SUBJECT_DELAY_MS ?? 0), deadlineMs: 15_000 })

await serveSubject(({ drain, hook }) => {
  shutdown.signal.addEventListener('abort', drain)
  shutdown.add('hook', hook)
}, create)

async function create([protocol]: readonly Protocol[], routes: Routes, tls: Tls): Promise<CreatedServers> {
  if (protocol === undefined) throw new TypeError('Expected `SUBJECT_PROTOCOLS` to have one')
  const app = await createApplication(protocol, routes, tls)
  app.useWebSocketAdapter(new WsAdapter(app))
  closeOnShutdown(app)
  const server = { protocol, server: app.getHttpServer(), listen: () => app.listen(0, '127.0.0.1') }
  return { servers: [server], webSockets: new WebSocketServer({ noServer: true }) }
}

async function createApplication(protocol: Protocol, routes: Routes, { key, cert }: Tls): Promise<INestApplication> {
  const isSecure = protocol === 'https' || protocol === 'http2'
  const files = { key, cert } as { key: string; cert: string }
  const options = { logger: ['warn', 'error'] as ('warn' | 'error')[] }
  if (process.argv[2] === 'express')
    return NestFactory.create(toModule(routes), new ExpressAdapter(), {
      ...options,
      ...(isSecure && { httpsOptions: files }),
    })
  const adapter = new FastifyAdapter({
    ...(isSecure && { https: { ...files, allowHTTP1: true } }),
    ...((protocol === 'http2' || protocol === 'h2c') && { http2: true }),
  } as never)
  const app = await NestFactory.create(toModule(routes), adapter, options)
  // Uploads are the routes' own to read.
  const fastify = adapter.getInstance() as unknown as FastifyInstance
  fastify.addContentTypeParser('*', (_request, _body, done) => done(null))
  return app
}

function toModule(routes: Routes) {
  class Everything {
    // biome-ignore lint/suspicious/noExplicitAny: both platforms'
    handle(request: any, response: any): void {
      if (request.raw !== undefined) response.hijack()
      routes(request.raw ?? request, response.raw ?? response)
    }
  }
  Controller()(Everything)
  decorate(Everything, 'handle', All(process.argv[2] === 'express' ? '*path' : '*'))
  Req()(Everything.prototype, 'handle', 0)
  Res()(Everything.prototype, 'handle', 1)

  class Echo {
    afterInit(server: WebSocketServer): void {
      shutdown.serve(server)
    }
    handleConnection(socket: WebSocket): void {
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    }
  }
  WebSocketGateway({ path: '/ws' })(Echo)
  return {
    module: class AppModule {},
    imports: [BreakwaterModule.forRoot({ shutdown, dependsOn: ['hook'] })],
    controllers: [Everything],
    providers: [Echo],
  }
}
