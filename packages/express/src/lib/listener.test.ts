import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ChannelMessage, HttpExchange } from '@breakwater/core'
import express from 'express'
import { afterEach, expect, test } from 'vitest'
import { EXPRESS_CHANNEL, type ListenerEvent } from './events.ts'
import { type Handler, type ListenerOptions, toListener } from './listener.ts'

let server: Server | undefined

afterEach(() => {
  server?.close()
  server?.closeAllConnections()
})

async function serve(options: ListenerOptions, handler: Handler<IncomingMessage, ServerResponse>): Promise<string> {
  server = createServer(toListener(options, handler)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function hearFailures(): { readonly events: ListenerEvent[]; readonly stop: () => void } {
  const events: ListenerEvent[] = []
  const hear = (message: unknown): unknown => events.push((message as ChannelMessage<ListenerEvent>).event)
  channel(EXPRESS_CHANNEL).subscribe(hear)
  return { events, stop: () => channel(EXPRESS_CHANNEL).unsubscribe(hear) }
}

test('toListener() answers at an endpoint, with its path as the route, whatever the query', async () => {
  const routes: (string | undefined)[] = []
  const url = await serve(
    {
      hooks: [{ onEnd: ({ route }) => routes.push(route) }],
      endpoints: { '/livez': () => ({ status: 200, headers: { 'x-a': 'b' }, body: 'ok' }) },
    },
    (_request, response) => response.writeHead(404).end(),
  )

  const answer = await fetch(`${url}/livez?verbose=1`)
  expect([answer.status, answer.headers.get('x-a'), await answer.text()]).toEqual([200, 'b', 'ok'])
  expect((await fetch(`${url}/livez`, { method: 'POST' })).status).toBe(404)
  expect((await fetch(`${url}/livez/deeper`)).status).toBe(404)
  await expect.poll(() => routes).toEqual(['/livez', undefined, undefined])
})

test('toListener() takes an application of Express, whose routes it knows', async () => {
  const routes: (string | undefined)[] = []
  const tasks = express.Router().get('/:id', ({ params }, response) => void response.send(params.id))
  const url = await serve(
    { hooks: [{ onEnd: ({ route }) => routes.push(route) }], endpoints: { '/livez': () => ({ status: 204 }) } },
    express().use('/tasks', tasks),
  )

  expect(await (await fetch(`${url}/tasks/7`)).text()).toBe('7')
  expect((await fetch(`${url}/livez`)).status).toBe(204)
  expect((await fetch(`${url}/nowhere`)).status).toBe(404)
  await expect.poll(() => routes).toEqual(['/tasks/:id', '/livez', undefined])
})

test('toListener() answers 500 without a reason when a handler throws, and tells what it threw', async () => {
  const { events, stop } = hearFailures()
  const error = new Error('the password is hunter2')
  const url = await serve({}, async () => {
    throw error
  })

  const answer = await fetch(url)
  expect(answer.status).toBe(500)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(await answer.text()).toBe('{"type":"about:blank","title":"Internal Server Error","status":500}')
  expect(events).toEqual([{ type: 'handler:failed', error }])
  stop()
})

test('toListener() cuts the response when a handler throws after the head', async () => {
  const { events, stop } = hearFailures()
  const ended: HttpExchange[] = []
  const url = await serve({ hooks: [{ onEnd: (exchange) => ended.push(exchange) }] }, (_request, response) => {
    response.write('half')
    throw new Error('late')
  })

  await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow()
  await expect.poll(() => ended.map(({ outcome }) => outcome)).toEqual(['failed'])
  expect(events).toHaveLength(1)
  stop()
})

test('toListener() sends what a handler wrote before it threw', async () => {
  const { stop } = hearFailures()
  const url = await serve({}, (_request, response) => {
    response.write('half')
    throw new Error('late')
  })

  const reader = (await fetch(url)).body?.getReader()
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('half')
  await expect(reader?.read()).rejects.toThrow()
  stop()
})

test('toListener() answers 500 when a handler throws before the head', async () => {
  const { events, stop } = hearFailures()
  const url = await serve({}, () => raise(new Error('no')))
  expect((await fetch(url)).status).toBe(500)
  expect(events).toMatchObject([{ type: 'handler:failed', error: expect.any(Error) }])
  stop()
})

test('toListener() sends a reply as it is now, though it is the same object as before', async () => {
  const headers: Record<string, string> = { 'x-count': '0' }
  const reply = { status: 200, headers, body: '' }
  const url = await serve(
    {
      endpoints: {
        '/page': () => {
          headers['x-count'] = String(Number(headers['x-count']) + 1)
          reply.status++
          reply.body += 'é'
          return reply
        },
      },
    },
    () => {},
  )
  for (const [status, count, body] of [
    [201, '1', 'é'],
    [202, '2', 'éé'],
  ]) {
    const answer = await fetch(`${url}/page`)
    expect([answer.status, answer.headers.get('x-count'), await answer.text()]).toEqual([status, count, body])
  }
  expect(headers).toEqual({ 'x-count': '2' })
})

test('toListener() sends a frozen reply again and again, and a text without a type as text', async () => {
  const reply = Object.freeze({ status: 200, headers: Object.freeze({ 'x-a': 'b' }), body: 'ok' })
  const url = await serve({ endpoints: { '/page': () => reply } }, () => {})
  for (let probe = 0; probe < 2; probe++) {
    const { headers } = await fetch(`${url}/page`)
    const names = ['content-type', 'x-a', 'content-length']
    expect(names.map((name) => headers.get(name))).toEqual(['text/plain; charset=utf-8', 'b', '2'])
  }
})

test('toListener() stops asking for pieces when the client has gone', async () => {
  let isReturned = false
  const url = await serve(
    {
      endpoints: {
        '/forever': () => ({
          status: 200,
          body: (async function* () {
            try {
              for (;;) yield 'x'.repeat(65_536)
            } finally {
              isReturned = true
            }
          })(),
        }),
      },
    },
    () => {},
  )

  const stop = new AbortController()
  const answer = await fetch(`${url}/forever`, { signal: stop.signal })
  expect(answer.status).toBe(200)
  stop.abort()
  await expect.poll(() => isReturned).toBe(true)
})

test.each(['content-type', 'Content-Type', 'CONTENT-TYPE'])(
  'toListener() sends one type of a text that says %s',
  async (name) => {
    const url = await serve(
      { endpoints: { '/page': () => ({ status: 200, headers: { [name]: 'text/html' }, body: '<p>' }) } },
      (_request, response) => response.end(),
    )
    expect((await fetch(`${url}/page`)).headers.get('content-type')).toBe('text/html')
  },
)

test.each([
  ['throws', () => raise(new Error('no'))],
  ['rejects', () => Promise.reject(new Error('no'))],
  ['gives no reply', () => undefined as never],
])('toListener() answers 500 at an endpoint that %s', async (_, endpoint) => {
  const { events, stop } = hearFailures()
  const url = await serve({ endpoints: { '/page': endpoint } }, (_request, response) => response.end())
  expect((await fetch(`${url}/page`)).status).toBe(500)
  expect(events).toMatchObject([{ type: 'handler:failed', error: expect.any(Error) }])
  stop()
})

function raise(error: Error): never {
  throw error
}
