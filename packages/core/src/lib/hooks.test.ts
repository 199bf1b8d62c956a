import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer, IncomingMessage, request, type Server, ServerResponse } from 'node:http'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  constants,
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import { type AddressInfo, connect, Socket } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import type { ChannelMessage } from './events.ts'
import { attach, CORE_CHANNEL, createHookRunner, type HookRunner, type HttpHookEvent } from './hooks.ts'
import type { HttpExchange, HttpHook, HttpServerHook } from './http.ts'
import { createManualClock } from './testing/manual-clock.ts'

const cleanups: (() => void)[] = []

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
  vi.restoreAllMocks()
})

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const end: Handler = (_, response) => void response.end('done')

/** Listens on a free port until the test is over. */
async function listen(server: Server): Promise<number> {
  cleanups.push(() => server.close().closeAllConnections())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** The smallest adapter there can be. */
function adapt(runner: HookRunner<IncomingMessage>, handler: Handler): Server {
  return createServer((incoming, response) => {
    const reply = runner.begin(incoming, incoming, response)
    if (reply !== undefined) response.writeHead(reply.status, reply.headers).end(reply.body)
    else runner.enter(response, () => handler(incoming, response))
  })
}

interface Ran {
  readonly status: number
  readonly headers: IncomingMessage['headers']
}

/** Sends one request, and resolves when it was answered and its exchange has ended. */
async function run(hooks: readonly HttpHook[], handler: Handler = end, route?: () => string | undefined): Promise<Ran> {
  const ended = Promise.withResolvers<void>()
  const last: HttpHook = { onEnd: () => ended.resolve() }
  const runner = createHookRunner<IncomingMessage>([last, ...hooks], {
    url: ({ url }) => url ?? '',
    route: () => route?.(),
  })
  const answer = await send(await listen(adapt(runner, handler)))
  await ended.promise
  return answer
}

async function send(port: number, headers: Record<string, string> = {}, body?: string): Promise<Ran> {
  const outgoing = request({ host: '127.0.0.1', port, headers, agent: false, method: body ? 'POST' : 'GET' })
  outgoing.end(body)
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  incoming.resume()
  await once(incoming, 'end')
  return { status: incoming.statusCode ?? 0, headers: incoming.headers }
}

/** Hears what this package tells of hooks, which would become a warning otherwise. */
function hearFaults(): ChannelMessage<HttpHookEvent>[] {
  const messages: ChannelMessage<HttpHookEvent>[] = []
  const listener = (message: unknown): void => void messages.push(message as ChannelMessage<HttpHookEvent>)
  subscribe(CORE_CHANNEL, listener)
  cleanups.push(() => unsubscribe(CORE_CHANNEL, listener))
  return messages
}

/** A hook that writes down which of its functions are called. */
function note(log: string[], name: string, hook: HttpHook = {}): HttpHook {
  return {
    onStart(exchange, slot) {
      log.push(`${name} start`)
      return hook.onStart?.(exchange, slot)
    },
    around(exchange, next, slot) {
      log.push(`${name} around`)
      if (hook.around) hook.around(exchange, next, slot)
      else next()
    },
    onHead(exchange, slot) {
      log.push(`${name} head`)
      hook.onHead?.(exchange, slot)
    },
    onEnd(exchange, slot) {
      log.push(`${name} end ${exchange.outcome}`)
      hook.onEnd?.(exchange, slot)
    },
  }
}

test('createHookRunner() starts hooks in order and ends them in reverse', async () => {
  const log: string[] = []
  await run([note(log, 'a'), note(log, 'b')], (_, response) => {
    log.push('handler')
    response.end()
  })
  expect(log).toEqual([
    'a start',
    'b start',
    'a around',
    'b around',
    'handler',
    'a head',
    'b head',
    'b end finished',
    'a end finished',
  ])
})

test('createHookRunner() stops at the first reply, and ends those that were started', async () => {
  const log: string[] = []
  const gate = note(log, 'gate', { onStart: () => ({ status: 503, headers: { 'retry-after': '1' }, body: 'busy' }) })
  const handler = vi.fn(end)
  const { status, headers } = await run([note(log, 'a'), gate, note(log, 'late')], handler)
  expect([status, headers['retry-after']]).toEqual([503, '1'])
  expect(handler).not.toHaveBeenCalled()
  expect(log).toEqual(['a start', 'gate start', 'a head', 'gate head', 'gate end finished', 'a end finished'])
})

test('createHookRunner() gives each hook a slot of its own', async () => {
  const seen: unknown[] = []
  const keep = (value: string): HttpHook => ({
    onStart(exchange, slot) {
      exchange.slots[slot] = value
      return undefined
    },
    around(exchange, next, slot) {
      seen.push(exchange.slots[slot])
      next()
    },
    onHead: (exchange, slot) => void seen.push(exchange.slots[slot]),
    onEnd: (exchange, slot) => void seen.push(exchange.slots[slot]),
  })
  await run([keep('a'), {}, keep('b')])
  expect(seen).toEqual(['a', 'b', 'a', 'b', 'b', 'a'])
})

test.each(['onStart', 'around', 'onHead', 'onEnd'] as const)(
  'createHookRunner() goes on where %s throws, and tells of it',
  async (phase) => {
    const faults = hearFaults()
    const log: string[] = []
    const error = new Error('hook broke')
    const broken = {
      [phase]: () => {
        throw error
      },
    }
    const { status } = await run([note(log, 'a'), note(log, 'broken', broken), note(log, 'b')])
    expect(status).toBe(200)
    expect(log.filter((line) => !line.startsWith('broken'))).toEqual([
      'a start',
      'b start',
      'a around',
      'b around',
      'a head',
      'b head',
      'b end finished',
      'a end finished',
    ])
    expect(faults).toEqual([{ source: 'hooks', event: { type: 'hook:failed', phase, error } }])
  },
)

test('createHookRunner() lets its own subscribers hear of faults', async () => {
  const runner = createHookRunner<IncomingMessage>(
    [
      {
        onStart() {
          throw new Error('hook broke')
        },
      },
    ],
    { url: ({ url }) => url ?? '', route: () => undefined },
  )
  const heard: HttpHookEvent[] = []
  runner.subscribe((event) => heard.push(event))
  await send(await listen(adapt(runner, end)))
  expect(heard).toMatchObject([{ type: 'hook:failed', phase: 'onStart' }])
})

test('createHookRunner() warns of a fault that nobody hears, once', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
  const broken: HttpHook = {
    onStart() {
      throw new Error('hook broke')
    },
  }
  await run([broken, broken])
  expect(warn.mock.calls.map(([text]) => text)).toEqual(['hook:failed in "hooks": hook broke'])
})

test('around() is entered once where a hook never calls next', async () => {
  const handler = vi.fn(end)
  const faults = hearFaults()
  await run([{ around: () => {} }], handler)
  expect(handler).toHaveBeenCalledTimes(1)
  expect(faults).toEqual([])
})

const again: [string, (next: () => void) => void][] = [
  [
    'twice',
    (next) => {
      next()
      next()
    },
  ],
  ['once more from inside of what follows', (next) => inner.run(next, next)],
]
const inner = new AsyncLocalStorage<() => void>()

test.each(again)('around() is entered once where a hook calls next %s, which is told', async (_, around) => {
  const handler = vi.fn<Handler>((request, response) => {
    inner.getStore()?.()
    end(request, response)
  })
  const log: string[] = []
  const faults = hearFaults()
  await run([note(log, 'a', { around: (_exchange, next) => around(next) }), note(log, 'b')], handler)
  expect(handler).toHaveBeenCalledTimes(1)
  expect(log.filter((line) => line.endsWith('around'))).toEqual(['a around', 'b around'])
  expect(faults.map(({ event }) => [event.phase, (event.error as Error).message])).toEqual([
    ['around', 'Expected `around` to call `next` once, and before it returns'],
  ])
})

test('around() does not get to keep what follows throws, and what it throws itself is told', () => {
  const thrown = new Error('handler broke')
  const faults = hearFaults()
  const swallows: HttpHook = {
    around(_, next) {
      try {
        next()
      } catch {}
      throw new Error('hook broke')
    },
  }
  const passes: HttpHook = { around: (_, next) => next() }
  const runner = createHookRunner<IncomingMessage>([passes, swallows, passes], {
    url: ({ url }) => url ?? '',
    route: () => undefined,
  })
  const incoming = new IncomingMessage(new Socket())
  const response = new ServerResponse(incoming)
  runner.begin(incoming, incoming, response)
  const fail = (): never => {
    throw thrown
  }
  expect(() => runner.enter(response, fail)).toThrow(thrown)
  expect(faults.map(({ event }) => (event.error as Error).message)).toEqual(['hook broke'])
})

test('around() reaches what the handler awaits, and the body of the request', async () => {
  const context = new AsyncLocalStorage<string>()
  const seen: unknown[] = []
  const runner = createHookRunner<IncomingMessage>([{ around: (_, next) => context.run('request 1', next) }], {
    url: ({ url }) => url ?? '',
    route: () => undefined,
  })
  const server = adapt(runner, async (incoming, response) => {
    incoming.on('data', () => seen.push(context.getStore()))
    incoming.on('end', () => {
      seen.push(context.getStore())
      response.end()
    })
  })
  await send(await listen(server), {}, 'body')
  expect(seen).toEqual(['request 1', 'request 1'])
})

test('onHead() can set headers, also where the head is not written outright', async () => {
  const { headers } = await run([{ onHead: (exchange) => exchange.setHeader('X-Head', String(exchange.status)) }])
  expect(headers['x-head']).toBe('200')
})

test('route is kept from the head on', async () => {
  const routes: unknown[] = []
  let route: string | undefined
  const see = (exchange: HttpExchange): void => void routes.push(exchange.route)
  const hook: HttpHook = { onStart: (exchange) => void see(exchange) as undefined, onHead: see, onEnd: see }
  await run(
    [hook],
    (_, response) => {
      route = '/tasks/:id'
      response.write('a')
      route = '/'
      response.end()
    },
    () => route,
  )
  expect(routes).toEqual([undefined, '/tasks/:id', '/tasks/:id'])
})

test('onEnd() says that the client went first', async () => {
  const outcome = Promise.withResolvers<unknown>()
  const runner = createHookRunner<IncomingMessage>([{ onEnd: (exchange) => outcome.resolve(exchange.outcome) }], {
    url: ({ url }) => url ?? '',
    route: () => undefined,
  })
  const port = await listen(adapt(runner, (_, response) => void response.write('part')))
  const outgoing = request({ host: '127.0.0.1', port, agent: false }, (incoming) => incoming.destroy())
  outgoing.on('error', () => {}).end()
  expect(await outcome.promise).toBe('aborted')
})

test('onEnd() says that this side cut the response short', async () => {
  const outcome = Promise.withResolvers<unknown>()
  const runner = createHookRunner<IncomingMessage>([{ onEnd: (exchange) => outcome.resolve(exchange.outcome) }], {
    url: ({ url }) => url ?? '',
    route: () => undefined,
  })
  const port = await listen(adapt(runner, (_, response) => void response.destroy()))
  request({ host: '127.0.0.1', port, agent: false })
    .on('error', () => {})
    .end()
  expect(await outcome.promise).toBe('failed')
})

test('onEnd() tells of each request in a pipeline when its client goes', async () => {
  const outcomes: unknown[] = []
  const paths: string[] = []
  const runner = createHookRunner<IncomingMessage>(
    [
      {
        onEnd(exchange) {
          paths.push(exchange.path)
          outcomes.push(exchange.outcome)
        },
      },
    ],
    { url: ({ url }) => url ?? '', route: () => undefined },
  )
  let begun = 0
  const port = await listen(
    adapt(runner, () => {
      begun++
      if (begun === 3) client.destroy()
    }),
  )
  const client = connect(port, '127.0.0.1')
  client.write(['/1', '/2', '/3'].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''))
  await vi.waitFor(() => expect(paths).toHaveLength(3), 10_000)
  expect(paths.toSorted()).toEqual(['/1', '/2', '/3'])
  expect(outcomes).toEqual(['aborted', 'aborted', 'aborted'])
})

/** Sends one request over HTTP/2, and resolves with the outcome that its hook is told. */
async function outcomeOverHttp2(
  handler: (response: Http2ServerResponse) => void,
  onResponse: (stream: ClientHttp2Stream, client: ClientHttp2Session) => void = (stream) => void stream.resume(),
): Promise<unknown> {
  const outcome = Promise.withResolvers<unknown>()
  const runner = createHookRunner<Http2ServerRequest>([{ onEnd: (exchange) => outcome.resolve(exchange.outcome) }], {
    url: ({ url }) => url,
    route: () => undefined,
  })
  const server = createHttp2Server((incoming, response) => {
    runner.begin(incoming, incoming, response)
    runner.enter(response, () => handler(response))
  })
  cleanups.push(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  cleanups.push(() => client.destroy())
  const stream = client.request()
  stream.on('error', () => {}).on('response', () => onResponse(stream, client))
  return outcome.promise
}

test('onEnd() says over HTTP/2 that a response is finished', async () => {
  expect(await outcomeOverHttp2((response) => void response.end('done'))).toBe('finished')
})

test('onEnd() says over HTTP/2 that the client cancelled', async () => {
  expect(
    await outcomeOverHttp2(
      (response) => void response.write('part'),
      (stream) => stream.close(constants.NGHTTP2_CANCEL),
    ),
  ).toBe('aborted')
})

test('onEnd() says over HTTP/2 that the client went with its connection', async () => {
  expect(
    await outcomeOverHttp2(
      (response) => void response.write('part'),
      (_, client) => client.destroy(),
    ),
  ).toBe('aborted')
})

test('onEnd() says over HTTP/2 that this side failed', async () => {
  expect(await outcomeOverHttp2((response) => void response.stream.close(constants.NGHTTP2_INTERNAL_ERROR))).toBe(
    'failed',
  )
})

test('begin() starts the hooks of a request once', async () => {
  const log: string[] = []
  const runner = createHookRunner<IncomingMessage>([note(log, 'a')], {
    url: ({ url }) => url ?? '',
    route: () => undefined,
  })
  const server = createServer((incoming, response) => {
    runner.begin(incoming, incoming, response)
    runner.begin(incoming, incoming, response)
    runner.enter(response, () => response.end())
  })
  await send(await listen(server))
  await vi.waitFor(() => expect(log).toContain('a end finished'), 10_000)
  expect(log).toEqual(['a start', 'a around', 'a head', 'a end finished'])
})

test('enter() just goes on with a response that was never begun', async () => {
  const around = vi.fn()
  const runner = createHookRunner<IncomingMessage>([{ around }], {
    url: ({ url }) => url ?? '',
    route: () => undefined,
  })
  const server = createServer((_, response) => runner.enter(response, () => response.end()))
  expect((await send(await listen(server))).status).toBe(200)
  expect(around).not.toHaveBeenCalled()
})

test('expect() counts the time from there, and sees a request that the framework answers by itself', async () => {
  const clock = createManualClock({ nowMs: 10 })
  const exchange = Promise.withResolvers<HttpExchange>()
  const log: string[] = []
  const runner = createHookRunner<IncomingMessage>([note(log, 'a', { onEnd: (ended) => exchange.resolve(ended) })], {
    url: ({ url }) => url ?? '',
    route: () => '/never/asked',
    clock,
  })
  const server = createServer((incoming, response) => {
    runner.expect(incoming, response)
    clock.advance(5)
    response.writeHead(404).end()
  })
  await send(await listen(server))
  expect(await exchange.promise).toMatchObject({ startedAtMs: 10, path: '/', status: 404, route: undefined })
  expect(log).toEqual(['a start', 'a end finished'])
})

/** A server hook that writes down what it sees. */
function watch(log: string[]): HttpServerHook {
  return {
    onConnection: () => void log.push('connection'),
    onRequest: ({ url }) => void log.push(`request ${url}`),
    onHead: (_, response) => void log.push(`head ${response.statusCode}`),
    onUpgrade: () => void log.push('upgrade'),
    onClientError: (error) => void log.push(`error ${(error as NodeJS.ErrnoException).code}`),
  }
}

/** Sends bytes, and resolves with what came back until the other side closed. */
async function sendRaw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  cleanups.push(() => socket.destroy())
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  socket.write(text)
  await once(socket, 'close')
  return answer
}

test('attach() sees connections, requests and heads', async () => {
  const log: string[] = []
  const server = createServer((_, response) => response.writeHead(201).end())
  attach(server, [watch(log)])
  await send(await listen(server))
  expect(log).toEqual(['connection', 'request /', 'head 201'])
})

test('attach() lets hooks set headers of the head', async () => {
  const server = createServer(end)
  attach(server, [{ onHead: (_, response) => void response.setHeader('Connection', 'close') }])
  expect((await send(await listen(server))).headers.connection).toBe('close')
})

test('attach() adds no listener', () => {
  const server = createServer(end)
  const counts = (): number[] => server.eventNames().map((name) => server.listenerCount(name))
  const before = counts()
  attach(server, [watch([])])
  expect(counts()).toEqual(before)
})

test('attach() leaves the answer to what is not HTTP to Node, and sees it', async () => {
  const log: string[] = []
  const server = createServer(end)
  attach(server, [watch(log)])
  expect(await sendRaw(await listen(server), 'no such thing\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /)
  expect(log).toEqual(['connection', 'error HPE_INVALID_METHOD'])
})

const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n'

test('attach() sees an upgrade where somebody takes it', async () => {
  const log: string[] = []
  const server = createServer(end)
  attach(server, [watch(log)])
  server.on('upgrade', (_, socket: Socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
  await sendRaw(await listen(server), upgrade)
  expect(log).toEqual(['connection', 'upgrade'])
})

test('attach() sees a request that expects to be let on once', async () => {
  const log: string[] = []
  const server = createServer(end)
  server.on('checkContinue', (incoming: IncomingMessage, response: ServerResponse) => {
    response.writeContinue()
    server.emit('request', incoming, response)
  })
  attach(server, [watch(log)])
  await send(await listen(server), { expect: '100-continue' }, 'body')
  expect(log).toEqual(['connection', 'request /', 'head 200'])
})

test('attach() sees requests over HTTP/2', async () => {
  const log: string[] = []
  const server = createHttp2Server((_, response) => void response.end())
  attach(server, [watch(log)])
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const stream = client.request({ ':path': '/a' })
  await once(stream.resume(), 'end')
  await client.close()
  server.close()
  expect(log).toEqual(['connection', 'request /a', 'head 200'])
})

test('attach() sees what is not HTTP/2', async () => {
  const connected: Socket[] = []
  const failed = Promise.withResolvers<Socket>()
  const server = createHttp2Server()
  attach(server, [
    { onConnection: (socket) => void connected.push(socket), onClientError: (_, socket) => failed.resolve(socket) },
  ])
  cleanups.push(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  cleanups.push(() => socket.destroy())
  socket.write('no such thing at all, and longer than the preface\r\n\r\n')
  expect(await failed.promise).toBe(connected[0])
})

test('attach() keeps what hooks throw from the server, and tells of it', async () => {
  const faults = hearFaults()
  const log: string[] = []
  const error = new Error('hook broke')
  const broken: HttpServerHook = {
    onRequest() {
      throw error
    },
    onHead() {
      throw error
    },
  }
  const server = createServer(end)
  attach(server, [broken, watch(log)])
  expect((await send(await listen(server))).status).toBe(200)
  expect(log).toEqual(['connection', 'request /', 'head 200'])
  expect(faults.map(({ source, event }) => [source, event.phase, event.error])).toEqual([
    ['server hooks', 'onRequest', error],
    ['server hooks', 'onHead', error],
  ])
})

test('attach() lets go, and leaves the server as it was', async () => {
  const log: string[] = []
  const server = createServer(end)
  const { emit } = server
  const letGo = attach(server, [watch(log)])
  letGo()
  expect(server.emit).toBe(emit)
  await send(await listen(server))
  expect(log).toEqual([])
})

test('attach() refuses a hook that the server has, until it is let go', () => {
  const [hook, other] = [watch([]), watch([])]
  const server = createServer(end)
  const { emit } = server
  const letGo = attach(server, [hook])
  const refusal = 'Cannot attach a hook twice to one server as everything would be told to it twice: attach it once'
  expect(() => attach(server, [other, hook])).toThrow(refusal)
  expect(() => attach(server, [other, other])).toThrow(refusal)
  letGo()
  expect(server.emit).toBe(emit)
  attach(server, [other, hook])
  // Of what was let go before.
  letGo()
  expect(() => attach(server, [hook])).toThrow(refusal)
  attach(createServer(end), [hook])
})

test('attach() lets go where somebody else came after it', async () => {
  const [first, second]: [string[], string[]] = [[], []]
  const server = createServer(end)
  const letGo = attach(server, [watch(first)])
  attach(server, [watch(second)])
  letGo()
  await send(await listen(server))
  expect(first).toEqual([])
  expect(second).toEqual(['connection', 'request /', 'head 200'])
})
