import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { attach, type HttpHook } from '@breakwater/core'
import { toListener, toMiddleware } from '@breakwater/express'
import { toPlugin } from '@breakwater/fastify'
import express from 'express'
import fastify from 'fastify'
import { onTestFinished } from 'vitest'
import type { Tracing } from '../../src/index.ts'

/** Where a server listens. */
export interface Served {
  readonly origin: string
  readonly port: number
}

/** What is done for `GET` and `POST` of `/tasks/:id`: what it returns is answered as JSON, and what it throws as 500. */
export type Handle = (request: IncomingMessage) => unknown

export type Serve = (tracing: Tracing, handle: Handle, more?: readonly HttpHook[]) => Promise<Served>

async function listen(server: ReturnType<typeof createServer>): Promise<Served> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, origin: `http://127.0.0.1:${port}` }
}

async function answer(handle: Handle, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = JSON.stringify((await handle(request)) ?? null)
    if (!response.headersSent) response.setHeader('content-type', 'application/json').end(body)
  } catch {
    if (!response.headersSent) response.writeHead(500).end()
  }
}

const TASK = /^\/tasks\/[^/?]+/

export async function onNode(tracing: Tracing, handle: Handle, more: readonly HttpHook[] = []): Promise<Served> {
  const server = createServer(
    toListener({ hooks: [tracing.hook, ...more] }, (request, response) => {
      if (!TASK.test(request.url ?? '')) return response.writeHead(404).end()
      request.route = { path: '/tasks/:id' }
      return answer(handle, request, response)
    }),
  )
  attach(server, [tracing.serverHook])
  return listen(server)
}

export async function onExpress(tracing: Tracing, handle: Handle, more: readonly HttpHook[] = []): Promise<Served> {
  const app = express()
  app.use(toMiddleware([tracing.hook, ...more]))
  const router = express.Router()
  router.all('/:id', (request, response) => answer(handle, request, response))
  app.use('/tasks', router)
  const server = createServer(app)
  attach(server, [tracing.serverHook])
  return listen(server)
}

export async function onFastify(tracing: Tracing, handle: Handle, more: readonly HttpHook[] = []): Promise<Served> {
  const app = fastify()
  await app.register(toPlugin({ hooks: [tracing.hook, ...more], serverHooks: [tracing.serverHook] }))
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.all('/tasks/:id', async (request, reply) => {
    try {
      return (await handle(request.raw)) ?? null
    } catch {
      return reply.code(500).send()
    }
  })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => app.close())
  return { origin, port: Number(new URL(origin).port) }
}

export const SERVERS: readonly (readonly [string, Serve])[] = [
  ['node:http', onNode],
  ['Express 5', onExpress],
  ['Fastify 5', onFastify],
]

/** Sends a request, and reads all of its answer. */
export async function get(
  { origin }: Served,
  path: string,
  headers: Record<string, string> = {},
  init: RequestInit = {},
): Promise<{ status: number; body: string }> {
  const response = await fetch(origin + path, { headers, ...init })
  return { status: response.status, body: await response.text() }
}
