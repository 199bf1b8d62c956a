import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import {
  attach,
  createExchange,
  createHookRunner,
  type ExchangeSource,
  type HttpHook,
  type HttpReply,
} from '@breakwater/core'
import type { Transport, TransportApp, TransportRoute } from './transport.ts'

/** Where the reference can be made to do wrong, to see the suite notice. */
export interface Faults {
  /** Stands between the hooks and whoever calls them. */
  readonly disturb?: ((hooks: readonly HttpHook[]) => readonly HttpHook[]) | undefined
  /** Sends replies of hooks and endpoints. */
  readonly send?: typeof sendReply | undefined
  /** Sends what a failing handler left to be sent. */
  readonly sendError?: ((response: ServerResponse, error: unknown) => void) | undefined
  /** Goes on with a request, inside what hooks put around it. */
  readonly enter?: ((request: IncomingMessage, enter: (next: () => void) => void, next: () => void) => void) | undefined
  /** Does something to the server before it listens. */
  readonly prepare?: ((server: ReturnType<typeof createServer>) => void) | undefined
}

type Request = IncomingMessage & { route?: string }

/**
 * Creates the smallest adapter there can be, on a plain `node:http` server. The suite's own test: it is no package.
 *
 * @param faults What it does wrong.
 */
export function createReference({
  disturb = (hooks) => hooks,
  send = sendReply,
  sendError = (response) => send(response, { status: 500, body: 'Something failed' }),
  enter = (_request, run, next) => run(next),
  prepare = () => {},
}: Faults = {}): Transport {
  const source: ExchangeSource<Request> = { url: ({ url = '' }) => url, route: ({ route }) => route }

  async function answer(app: TransportApp, request: Request, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?', 1)[0] as string
    const endpoint = app.endpoints[path]
    if (endpoint !== undefined && (request.method === 'GET' || request.method === 'HEAD')) {
      request.route = path
      return send(response, await endpoint(createExchange(request, source, request, response)))
    }
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const route = app.routes.find((one) => one.method === method && matches(one, path))
    if (route === undefined) return send(response, { status: 404 })
    request.route = toPattern(route)
    const answered = await route.answer({ request, response, text: await readText(request) })
    if (answered !== undefined) send(response, { ...answered, status: answered.status ?? 200 })
  }

  return {
    protocol: 'http',
    async listen(app) {
      const runner = createHookRunner(disturb(app.hooks), source)
      const server = createServer(async (request, response) => {
        await app.before?.()
        const fail = (error: unknown) => (response.headersSent ? response.destroy() : sendError(response, error))
        const reply = runner.begin(request, request, response)
        if (reply !== undefined) return send(response, reply)
        const go = (next: () => void) => runner.enter(response, next)
        enter(request, go, () => void answer(app, request, response).catch(fail))
      })
      prepare(server)
      attach(server, app.serverHooks)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return { server, close: () => new Promise((resolve) => server.close(() => resolve())) }
    },
  }
}

function toPattern({ prefixes, path }: TransportRoute): string {
  return prefixes.join('') + path
}

function matches(route: TransportRoute, path: string): boolean {
  return new RegExp(`^${toPattern(route).replace(/:\w+/g, '[^/]+')}$`).test(path)
}

async function readText(request: IncomingMessage): Promise<string | undefined> {
  if (request.headers['content-type'] !== 'text/plain') return undefined
  let text = ''
  for await (const piece of request) text += piece
  return text
}

function sendReply(response: ServerResponse, { status, headers = {}, body }: HttpReply): void {
  if (response.headersSent || response.destroyed) return
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (typeof body === 'string' || body instanceof Uint8Array || body === undefined) response.end(body)
  else if (response.req.method === 'HEAD') response.end()
  else pipeline(Readable.from(body), response, () => {})
}
