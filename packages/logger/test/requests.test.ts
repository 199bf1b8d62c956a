import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { attach, type HttpExchange, type HttpHook } from '@breakwater/core'
import { toListener } from '@breakwater/express'
import { toPlugin } from '@breakwater/fastify'
import fastify, { LogController } from 'fastify'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createLogger, type Logger, type LoggerOptions } from '../src/index.ts'
import { collecting, type Line } from './support/collect.ts'

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const SPAN_ID = 'b7ad6b7169203331'
const TRACEPARENT = `00-${TRACE_ID}-${SPAN_ID}-01`

type Handle = (logger: Logger, path: string) => unknown

interface Served {
  readonly logger: Logger
  readonly lines: readonly Line[]
  readonly origin: string
  readonly port: number
}

/** Node's own server. Its handler answers with what it returns, as JSON. */
async function onNode(handle: Handle, options: LoggerOptions = {}, more: readonly HttpHook[] = []): Promise<Served> {
  const collected = collecting(options)
  const { logger } = collected
  const server = createServer(
    toListener({ hooks: [logger.hook, ...more], endpoints: {} }, async (request, response) => {
      try {
        const body = JSON.stringify((await handle(logger, request.url ?? '')) ?? null)
        if (response.headersSent) return
        response.setHeader('content-type', 'application/json').end(body)
      } catch {
        response.writeHead(500).end()
      }
    }),
  )
  attach(server, [logger.serverHook])
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    logger,
    lines: collected.lines,
    origin: `http://127.0.0.1:${port}`,
    port,
  }
}

async function onFastify(handle: Handle, options: LoggerOptions = {}): Promise<Served> {
  const collected = collecting(options)
  const { logger } = collected
  const logController = new LogController({ disableRequestLogging: true })
  const app = fastify({ loggerInstance: logger.pino, logController })
  await app.register(toPlugin({ hooks: [logger.hook] }))
  app.get('/tasks/:id', async (request) => {
    request.log.info('by the framework')
    return (await handle(logger, request.url)) ?? null
  })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => app.close())
  collected.lines.length = 0
  return { logger, lines: collected.lines, origin, port: Number(new URL(origin).port) }
}

async function get(origin: string, path: string, headers: Record<string, string> = {}): Promise<Response> {
  const response = await fetch(origin + path, { headers })
  await response.text()
  return response
}

async function until(served: Served, count: number): Promise<void> {
  await vi.waitFor(() => expect(served.lines.length).toBeGreaterThanOrEqual(count))
}

/** Runs something inside of a request that has no server. */
function inExchange(logger: Logger, headers: Readonly<Record<string, string>>, run: () => void): HttpExchange {
  const exchange: HttpExchange = {
    method: 'GET',
    path: '/',
    route: undefined,
    status: 200,
    outcome: undefined,
    startedAtMs: performance.now(),
    slots: [],
    header: (name) => headers[name],
    setHeader() {},
  }
  logger.hook.around?.(exchange, run, 0)
  return exchange
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
}

const IDS = { requestId: 'r-1', traceId: TRACE_ID, spanId: SPAN_ID }

test.each([
  ['node:http', onNode],
  ['Fastify', onFastify],
])('every line inside a request has its ids, on %s, also in what goes on after it', async (name, serve) => {
  const later = Promise.withResolvers<void>()
  const served = await serve(async (logger) => {
    logger.info('at once')
    await sleep(1)
    logger.child({ part: 'a' }).info('after a timer')
    queueMicrotask(() => logger.info('in a microtask'))
    setTimeout(() => {
      logger.info('in the background')
      later.resolve()
    }, 20)
  })
  await get(served.origin, '/tasks/7?token=t', { 'x-request-id': 'r-1', traceparent: TRACEPARENT })
  await later.promise
  await until(served, name === 'Fastify' ? 6 : 5)
  for (const line of served.lines) expect(line, String(line.msg)).toMatchObject(IDS)
  served.logger.info('outside')
  expect(served.lines.at(-1)).not.toHaveProperty('requestId')
})

test('requests at the same time keep their ids apart, on kept connections, too', async () => {
  const served = await onNode(async (logger, path) => {
    for (let step = 0; step < 3; step++) {
      await sleep(Math.random() * 5)
      logger.info({ path }, 'step')
    }
  })
  await Promise.all(Array.from({ length: 30 }, (_, n) => get(served.origin, `/${n}`, { 'x-request-id': `r-${n}` })))
  await until(served, 120)
  expect(served.lines).toHaveLength(120)
  for (const { requestId, path } of served.lines) expect(requestId).toBe(`r-${String(path).slice(1)}`)
})

test('an id is made where none is brought, or one that cannot be used', async () => {
  const served = await onNode(() => undefined)
  await get(served.origin, '/')
  await get(served.origin, '/', { 'x-request-id': 'a b' })
  await get(served.origin, '/', { 'x-request-id': 'x'.repeat(200) })
  await until(served, 3)
  const ids = served.lines.map(({ requestId }) => requestId as string)
  for (const id of ids) expect(id).toMatch(/^[a-z0-9]+-[a-z0-9]+$/)
  expect(new Set(ids).size).toBe(3)
})

test('requestIdHeader chooses the header, or none', async () => {
  const named = await onNode(() => undefined, { context: { requestIdHeader: 'X-Amzn-Trace-Id' } })
  await get(named.origin, '/', { 'x-amzn-trace-id': 'Root=1', 'x-request-id': 'no' })
  const none = await onNode(() => undefined, { context: { requestIdHeader: false } })
  await get(none.origin, '/', { 'x-request-id': 'no' })
  await Promise.all([until(named, 1), until(none, 1)])
  expect(named.lines[0]?.requestId).toBe('Root=1')
  expect(none.lines[0]?.requestId).not.toBe('no')
})

test('ids of a request cannot be replaced by a line or a child', async () => {
  const served = await onNode((logger) => {
    logger.child({ requestId: 'child' }).info({ traceId: 'line' }, 'x')
  })
  await get(served.origin, '/', { 'x-request-id': 'r-1', traceparent: TRACEPARENT })
  await until(served, 2)
  expect(served.lines[0]).toMatchObject({ ...IDS, requestId_: 'child', traceId_: 'line' })
})

test('the active span comes first, and is asked for each line', async () => {
  let span: { traceId: string; spanId: string } | undefined
  const served = await onNode(
    (logger) => {
      logger.info('without')
      span = { traceId: 'f'.repeat(32), spanId: '1'.repeat(16) }
      logger.info('first')
      span = { ...span, spanId: '2'.repeat(16) }
      logger.info('second')
      span = undefined
    },
    { context: { activeSpan: () => span } },
  )
  await get(served.origin, '/', { traceparent: TRACEPARENT })
  await until(served, 4)
  expect(served.lines.map(({ spanId }) => spanId)).toEqual([SPAN_ID, '1'.repeat(16), '2'.repeat(16), SPAN_ID])
})

test('an active span that throws is none', async () => {
  const activeSpan = (): never => {
    throw new Error('no')
  }
  const served = await onNode((logger) => logger.info('x'), { context: { activeSpan } })
  await get(served.origin, '/', { traceparent: TRACEPARENT })
  await until(served, 2)
  expect(served.lines[0]).toMatchObject({ msg: 'x', spanId: SPAN_ID })
})

test('withContext() gives its fields to what runs in it, within each other and within a request', async () => {
  const served = await onNode((logger) =>
    logger.withContext({ userId: 1, job: 'a' }, async () => {
      await sleep(1)
      logger.withContext({ job: 'b' }, () => logger.info('inner'))
      logger.info({ userId: 2 }, 'outer')
      return logger.context?.requestId
    }),
  )
  const response = await fetch(served.origin, { headers: { 'x-request-id': 'r-1' } })
  expect(await response.json()).toBe('r-1')
  await until(served, 3)
  expect(served.lines.map(({ msg, requestId, userId, job }) => [msg, requestId, userId, job])).toEqual([
    ['inner', 'r-1', 1, 'b'],
    ['outer', 'r-1', 2, 'a'],
    ['request finished', 'r-1', undefined, undefined],
  ])
  served.logger.withContext({ requestId: 'job-1' }, () => served.logger.info('job'))
  expect(served.lines.at(-1)).toMatchObject({ requestId: 'job-1', msg: 'job' })
  expect(served.logger.context).toBeUndefined()
})

test('an access line has method, path without query, route, status, outcome and duration', async () => {
  const served = await onFastify(() => sleep(15))
  await get(served.origin, '/tasks/7?token=t')
  await get(served.origin, '/nowhere')
  await until(served, 3)
  const lines = served.lines.filter(({ event }) => event === 'request')
  expect(lines[0]).toMatchObject({
    level: 'info',
    msg: 'request finished',
    method: 'GET',
    path: '/tasks/7',
    route: '/tasks/:id',
    status: 200,
    outcome: 'finished',
  })
  expect(lines[0]?.durationMs).toBeGreaterThanOrEqual(14)
  expect(lines[1]).toMatchObject({ level: 'warn', path: '/nowhere', status: 404 })
  expect(lines[1]).not.toHaveProperty('route')
})

test('a request that its client gave up has its line, as one that failed has', async () => {
  const arrived = Promise.withResolvers<void>()
  const seen = Promise.withResolvers<void>()
  const served = await onNode(async (_, path) => {
    if (path !== '/slow') throw new Error('no')
    arrived.resolve()
    await seen.promise
  })
  const slow = httpRequest(`${served.origin}/slow`).on('error', () => {})
  slow.end()
  await arrived.promise
  slow.destroy()
  await until(served, 1)
  seen.resolve()
  await get(served.origin, '/broken')
  await until(served, 2)
  const byPath = new Map(served.lines.map((line) => [line.path, line]))
  expect(byPath.get('/slow')).toMatchObject({ level: 'warn', outcome: 'aborted', msg: 'request aborted' })
  expect(byPath.get('/broken')).toMatchObject({ level: 'error', outcome: 'finished', status: 500 })
})

test('a request that another hook refused has its line, with an id', async () => {
  const refuse: HttpHook = { onStart: () => ({ status: 503, body: 'later' }) }
  const served = await onNode(() => undefined, {}, [refuse])
  await get(served.origin, '/x', { 'x-request-id': 'r-1' })
  await until(served, 1)
  expect(served.lines[0]).toMatchObject({ requestId: 'r-1', status: 503, level: 'warn' })
})

test('slow requests are warnings, and very slow ones errors', async () => {
  const served = await onNode((_, path) => sleep(Number(path.slice(1))), { requests: { slowMs: 20, verySlowMs: 60 } })
  await get(served.origin, '/1')
  await get(served.origin, '/30')
  await get(served.origin, '/70')
  await until(served, 3)
  expect(served.lines[1]).toMatchObject({ slow: true })
  expect(served.lines.at(2)).toMatchObject({ level: 'error', slow: true })
})

test('ignored requests have no line, unless they fail or are slow', async () => {
  const served = await onNode(
    async (_, path) => {
      if (path === '/broken') throw new Error('no')
      await sleep(path === '/slow' ? 60 : 0)
    },
    { requests: { ignore: () => true, slowMs: 50 } },
  )
  for (const path of ['/livez', '/slow', '/broken']) await get(served.origin, path)
  await until(served, 2)
  expect(served.lines.map(({ path }) => path)).toEqual(['/slow', '/broken'])
})

test('without lines for requests, what they write has their ids all the same', async () => {
  const served = await onNode((logger) => logger.info('x'), { requests: false })
  await get(served.origin, '/', { 'x-request-id': 'r-1' })
  await get(served.origin, '/', { 'x-request-id': 'r-2' })
  await until(served, 2)
  expect(served.lines.map(({ msg, requestId }) => [msg, requestId])).toEqual([
    ['x', 'r-1'],
    ['x', 'r-2'],
  ])
})

test('sampling writes whole requests or none of them, and every warning and error', async () => {
  const served = await onNode(
    (logger, path) => {
      logger.info('one')
      logger.debug('two')
      logger.warn('three')
      if (path === '/bad') throw new Error('no')
    },
    { sampleRatio: 0.3 },
  )
  for (let n = 0; n < 100; n++) await get(served.origin, n % 10 === 0 ? '/bad' : '/good')
  served.logger.info('outside')
  await vi.waitFor(() => expect(served.lines.filter(({ path }) => path === '/bad')).toHaveLength(10))
  const byRequest = Map.groupBy(served.lines.slice(0, -1), ({ requestId }) => requestId)
  const sampled = [...byRequest.values()].filter((lines) => lines.some(({ msg }) => msg === 'one'))
  expect(served.lines.filter(({ msg }) => msg === 'three')).toHaveLength(100)
  expect(sampled.length).toBeGreaterThan(10)
  expect(sampled.length).toBeLessThan(60)
  for (const lines of sampled) {
    expect(lines.map(({ msg }) => msg)).toContain('two')
    for (const { level, sampleRatio } of lines)
      expect(sampleRatio).toBe(level === 'info' || level === 'debug' ? 0.3 : undefined)
  }
  expect(served.lines.find(({ msg }) => msg === 'outside')).toBeDefined()
})

test('work that is no request is not sampled', () => {
  const { logger, lines } = collecting({ sampleRatio: 0 })
  logger.withContext({ requestId: 'job-1' }, () => logger.info('x'))
  expect(lines).toHaveLength(1)
})

test('a stream that wants to know what a line was made of is told of lines of requests, too', () => {
  const seen: unknown[] = []
  const destination = {
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write() {
      seen.push(this.lastLevel)
    },
  }
  const logger = createLogger({ destination, hear: false, crashes: false })
  const exchange = inExchange(logger, {}, () => logger.warn('x'))
  logger.hook.onEnd?.(exchange, 0)
  expect(seen).toEqual([40, 30])
})

test('only lines of requests say how many requests were drawn', () => {
  const span = { traceId: TRACE_ID, spanId: SPAN_ID }
  const { logger, lines } = collecting({ sampleRatio: 0.999_999, context: { activeSpan: () => span } })
  logger.info('only a span')
  logger.withContext({ job: 'clean' }, () => logger.info('a job'))
  inExchange(logger, {}, () => logger.withContext({ step: 1 }, () => logger.info('within a request')))
  expect(lines.map(({ msg, sampleRatio }) => [msg, sampleRatio])).toEqual([
    ['only a span', undefined],
    ['a job', undefined],
    ['within a request', 0.999_999],
  ])
})

test.each([{ requests: false as const }, { requests: { ignore: () => true } }, {}])(
  'what goes on after a request keeps its ids, and nothing else of it, with %j',
  async (options) => {
    const { logger, lines } = collecting(options)
    const goOn = Promise.withResolvers<void>()
    let later: Promise<void> | undefined
    const ended = (() => {
      const exchange = inExchange(logger, { 'x-request-id': 'r-1', traceparent: TRACEPARENT }, () => {
        later = goOn.promise.then(() => logger.info('later'))
      })
      logger.hook.onEnd?.(exchange, 0)
      return new WeakRef(exchange)
    })()
    await sleep(1)
    collectGarbage()
    expect(ended.deref()).toBeUndefined()
    goOn.resolve()
    await later
    expect(lines.at(-1)).toMatchObject({ ...IDS, msg: 'later' })
  },
)

test('a line outside of requests has the active span, too', () => {
  let span: { traceId: string; spanId: string } | undefined = { traceId: TRACE_ID, spanId: SPAN_ID }
  const { logger, lines } = collecting({ context: { activeSpan: () => span } })
  logger.info('x')
  span = undefined
  logger.info('y')
  expect(lines.map(({ spanId, traceId }) => [spanId, traceId])).toEqual([
    [SPAN_ID, TRACE_ID],
    [undefined, undefined],
  ])
})

test('bursts of refused logins and of bad input are security events, once', async () => {
  const collected = collecting({ requests: { burst: { count: 5 }, client: (exchange) => exchange.header('x-client') } })
  const app = fastify()
  await app.register(toPlugin({ hooks: [collected.logger.hook] }))
  app.get('/:status', (request, reply) => reply.code(Number((request.params as { status: string }).status)).send({}))
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => app.close())
  const told: unknown[] = []
  collected.logger.subscribe((event) => told.push(event))
  for (let n = 0; n < 12; n++) await get(origin, `/${n % 2 === 0 ? 401 : 403}`, { 'x-client': 'mallory' })
  for (let n = 0; n < 4; n++) await get(origin, '/401', { 'x-client': 'bob' })
  for (let n = 0; n < 5; n++) await get(origin, '/422', { 'x-client': 'mallory' })
  await get(origin, '/413', { 'x-client': 'bob' })
  await vi.waitFor(() => expect(told).toHaveLength(3))
  const lines = collected.lines.filter(({ event }) => String(event).startsWith('security:'))
  expect(lines.map(({ event, client, count, level }) => [event, client, count, level])).toEqual([
    ['security:auth-burst', 'mallory', 5, 'warn'],
    ['security:bad-input-burst', 'mallory', 5, 'warn'],
    ['security:oversize', 'bob', 1, 'warn'],
  ])
  expect(told[0]).toEqual({
    type: 'security:suspected',
    kind: 'auth-burst',
    count: 5,
    windowMs: 60_000,
    client: 'mallory',
  })
})

test('what is no HTTP, and a head that is too large, are security events', async () => {
  const served = await onNode(() => undefined)
  for (const sent of ['nonsense\r\n\r\n', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`]) {
    const socket = connect(served.port, '127.0.0.1').on('error', () => {})
    socket.write(sent)
    socket.resume()
    await once(socket, 'close')
  }
  await until(served, 2)
  expect(served.lines.map(({ event, client }) => [event, client])).toEqual([
    ['security:protocol-error', '127.0.0.1'],
    ['security:oversize', '127.0.0.1'],
  ])
})

test('request(), performance() and security() write what no hook sees', () => {
  const { logger, lines } = collecting()
  logger.request('task:create', { outcome: 'finished', durationMs: 5 }, { socketId: 1 })
  logger.request('task:create', { outcome: 'failed', durationMs: 400 })
  logger.performance('tasks.list', 10)
  logger.performance('tasks.list', 400, { rows: 5 })
  logger.performance('tasks.list', 4_000)
  logger.security('session-forged', { client: '10.0.0.1' })
  expect(lines.map(({ level, event, operation, slow }) => [level, event, operation, slow])).toEqual([
    ['info', 'request', 'task:create', undefined],
    ['error', 'request', 'task:create', true],
    ['debug', 'performance', 'tasks.list', undefined],
    ['warn', 'performance', 'tasks.list', undefined],
    ['error', 'performance', 'tasks.list', undefined],
    ['warn', 'security:session-forged', undefined, undefined],
  ])
})
