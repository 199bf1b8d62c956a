import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { HttpHook } from '@breakwater/core'
import { toListener } from '@breakwater/express'
import { toPlugin } from '@breakwater/fastify'
import { createMonitor, type Monitor, type MonitorEvent, type ShedOptions } from '@breakwater/monitor'
import { fastify } from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'

/** Answers a request that waits. */
type Answer = (status?: number) => void

interface Served {
  readonly port: number
  readonly monitor: Monitor
  readonly events: readonly MonitorEvent[]
  /** Asks, and waits for the whole response. */
  ask(path?: string): Promise<Response>
  /** Asks, and waits until the handler has it. It answers when it is told. */
  hold(): Promise<{ readonly response: Promise<Response>; readonly answer: Answer }>
  /** What the monitor counts, by name and label. */
  number(name: string): number | undefined
}

/** Starts a server whose handler answers at once, and at `/held` when it is told. */
type Start = (hooks: readonly HttpHook[], onHeld: (answer: Answer) => void) => Promise<number>

const servers: Readonly<Record<string, Start>> = {
  async 'node:http'(hooks, onHeld) {
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      if (request.url !== '/held') return void response.end('done')
      onHeld((status = 200) => void response.writeHead(status).end('done'))
    }
    const server = createServer(toListener({ hooks }, handle))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    return (server.address() as AddressInfo).port
  },
  async fastify(hooks, onHeld) {
    const app = fastify({ forceCloseConnections: true })
    await app.register(toPlugin({ hooks }))
    app.get('/held', (_request, reply) => onHeld((status = 200) => void reply.code(status).send('done')))
    app.get('/*', async () => 'done')
    await app.listen({ port: 0, host: '127.0.0.1' })
    onTestFinished(() => app.close())
    return (app.server.address() as AddressInfo).port
  },
}

async function serve(start: Start, shed: ShedOptions): Promise<Served> {
  const monitor = createMonitor({ shed })
  onTestFinished(() => monitor.close())
  const events: MonitorEvent[] = []
  monitor.subscribe((event) => events.push(event))
  const waiting: ((answer: Answer) => void)[] = []
  const port = await start([monitor.hook], (answer) => waiting.shift()?.(answer))
  const ask = (path = '/now'): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`)
  return {
    port,
    monitor,
    events,
    ask,
    async hold() {
      const { promise, resolve } = Promise.withResolvers<Answer>()
      waiting.push(resolve)
      const response = ask('/held')
      return { response, answer: await promise }
    },
    number(wanted) {
      const found = monitor
        .measure()
        .find(({ name, labels = {} }) => [name, ...Object.values(labels)].join(' ') === wanted)
      return found?.value as number | undefined
    },
  }
}

describe.each(Object.entries(servers))('behind %s', (_, start) => {
  test('what is too much is refused with a problem, and when to come again', async () => {
    const { ask, hold } = await serve(start, { maxConcurrency: 1 })
    const held = await hold()
    const refused = await ask()
    expect(refused.status).toBe(503)
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
    expect(refused.headers.get('cache-control')).toBe('no-store')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(await refused.json()).toMatchObject({ status: 503, title: 'Service Unavailable' })
    held.answer()
    expect((await held.response).status).toBe(200)
  })

  test('once there is room, requests are let in again', async () => {
    const { ask, hold, number } = await serve(start, { maxConcurrency: 2 })
    const held = [await hold(), await hold()]
    expect((await ask()).status).toBe(503)
    for (const { answer, response } of held) {
      answer()
      await response
    }
    expect((await ask()).status).toBe(200)
    expect(number('monitor_requests_under_way')).toBe(0)
    expect(number('monitor_requests_total')).toBe(4)
    expect(number('monitor_requests_refused_total concurrency')).toBe(1)
  })

  test('an answer that failed has left as well', async () => {
    const { hold, ask, number } = await serve(start, { maxConcurrency: 1 })
    const held = await hold()
    held.answer(500)
    expect((await held.response).status).toBe(500)
    expect(number('monitor_requests_under_way')).toBe(0)
    expect((await ask()).status).toBe(200)
  })

  test('a client that goes makes room', async () => {
    const { port, ask, number } = await serve(start, { maxConcurrency: 1 })
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write('GET /held HTTP/1.1\r\nHost: a\r\n\r\n')
    await expect.poll(() => number('monitor_requests_under_way')).toBe(1)
    expect((await ask()).status).toBe(503)
    socket.resetAndDestroy()
    await expect.poll(() => number('monitor_requests_under_way')).toBe(0)
    expect((await ask()).status).toBe(200)
  })

  test('probes are answered however much there is to do', async () => {
    const { ask, hold, number } = await serve(start, { maxConcurrency: 1 })
    const held = await hold()
    for (const path of ['/livez', '/readyz', '/metrics', '/admin/status']) expect((await ask(path)).status).toBe(200)
    expect(number('monitor_requests_total')).toBe(1)
    held.answer()
    await held.response
  })

  test('the monitor tells that it sheds, and is under pressure', async () => {
    const { ask, hold, monitor, events } = await serve(start, { maxConcurrency: 1 })
    const held = await hold()
    await ask()
    await ask()
    expect(monitor.underPressure).toBe(true)
    expect(monitor.snapshot().requests.isShedding).toBe(true)
    expect(events.filter(({ type }) => type.startsWith('shedding:'))).toEqual([
      { type: 'shedding:started', cause: 'concurrency', demandRatio: expect.any(Number) },
    ])
    held.answer()
    await held.response
  })

  test('your own priority sees the exchange', async () => {
    const { ask, hold } = await serve(start, {
      maxConcurrency: 1,
      priority: ({ path, method, header }) =>
        path === '/paid' && method === 'GET' && typeof header === 'function' ? 'vital' : 'normal',
    })
    const held = await hold()
    expect((await ask('/paid')).status).toBe(200)
    expect((await ask('/livez')).status).toBe(503)
    held.answer()
    await held.response
  })
})
