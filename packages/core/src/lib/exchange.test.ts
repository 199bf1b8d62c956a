import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { createExchange, createHeadInterceptor, type ExchangeSource } from './exchange.ts'
import { createManualClock } from './testing/manual-clock.ts'

const cleanups: (() => void)[] = []

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

const source: ExchangeSource<IncomingMessage> = { url: ({ url }) => url ?? '', route: () => undefined }

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Answers one request with a handler, and resolves with what the client got. What the handler throws is thrown. */
async function answer(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  { path = '/', headers = {} }: { path?: string; headers?: Record<string, string | string[]> } = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const server = createServer((incoming, outgoing) => {
    try {
      handler(incoming, outgoing)
    } catch (error) {
      reject(error)
    }
  })
  cleanups.push(() => server.close().closeAllConnections())
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  request({ host: '127.0.0.1', port, path, headers, agent: false }, (incoming) => {
    let body = ''
    incoming.setEncoding('utf8')
    incoming.on('data', (chunk) => {
      body += chunk
    })
    incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }))
  })
    .on('error', reject)
    .end()
  return promise
}

test('createExchange() reads method, path without query, and when it began', async () => {
  const clock = createManualClock({ nowMs: 77 })
  await answer(
    (incoming, response) => {
      const exchange = createExchange(incoming, { ...source, clock }, incoming, response)
      expect(exchange).toMatchObject({ method: 'GET', path: '/a/b', startedAtMs: 77, outcome: undefined })
      response.end()
    },
    { path: '/a/b?c=/d?e' },
  )
})

test('createExchange() takes path and route from the framework', async () => {
  await answer(
    (_, response) => {
      let route: string | undefined
      const framework = { url: '/mounted/1?x' }
      const exchange = createExchange(framework, { url: ({ url }) => url, route: () => route }, _, response)
      expect([exchange.path, exchange.route]).toEqual(['/mounted/1', undefined])
      route = '/mounted/:id'
      expect(exchange.route).toBe('/mounted/:id')
      response.end()
    },
    { path: '/1' },
  )
})

test('header() joins what came several times, and knows what did not come', async () => {
  await answer(
    (incoming, response) => {
      const exchange = createExchange(incoming, source, incoming, response)
      expect(exchange.header('x-one')).toBe('1')
      expect(exchange.header('x-two')).toBe('1, 2')
      expect(exchange.header('set-cookie')).toBe('a=1, b=2')
      expect(exchange.header('x-none')).toBeUndefined()
      response.end()
    },
    { headers: { 'x-one': '1', 'x-two': ['1', '2'], 'set-cookie': ['a=1', 'b=2'] } },
  )
})

test('setHeader() works until the head is sent, and then does nothing', async () => {
  const { headers, body } = await answer((incoming, response) => {
    const exchange = createExchange(incoming, source, incoming, response)
    exchange.setHeader('X-Early', 'yes')
    response.write('a')
    exchange.setHeader('X-Late', 'no')
    response.end('b')
  })
  expect(headers['x-early']).toBe('yes')
  expect(headers['x-late']).toBeUndefined()
  expect(body).toBe('ab')
})

test('status is that of the response', async () => {
  await answer((incoming, response) => {
    const exchange = createExchange(incoming, source, incoming, response)
    expect(exchange.status).toBe(200)
    response.statusCode = 404
    expect(exchange.status).toBe(404)
    response.end()
  })
})

test('slots are one list for each exchange', async () => {
  await answer((incoming, response) => {
    const exchange = createExchange(incoming, source, incoming, response)
    exchange.slots[1] = 'note'
    expect(exchange.slots[1]).toBe('note')
    expect(createExchange(incoming, source, incoming, response).slots[1]).toBeUndefined()
    response.end()
  })
})

const heads: [string, (response: ServerResponse) => void, number][] = [
  ['writeHead()', (response) => void response.writeHead(201).end(), 201],
  ['writeHead() with a status as text', (response) => void response.writeHead('202' as never).end(), 202],
  ['writeHead() and flushHeaders()', (response) => void response.writeHead(204).flushHeaders(), 204],
  ['flushHeaders()', (response) => response.flushHeaders(), 200],
  ['write()', (response) => void response.write('a'), 200],
  ['end()', (response) => void response.end(), 200],
]

test.each(heads)('createHeadInterceptor() calls back once before the head of %s', async (_, send, status) => {
  const seen: number[] = []
  const got = await answer((_request, response) => {
    createHeadInterceptor((_subject, isSent) => {
      if (isSent) return
      seen.push(response.statusCode)
      response.setHeader('X-Head', 'seen')
    })(response, undefined)
    send(response)
    response.end()
  })
  expect(got.status).toBe(status)
  expect(got.headers['x-head']).toBe('seen')
  expect(seen).toEqual([status])
})

test.each([99, 1_000, Number.NaN])(
  'createHeadInterceptor() does not take %d for a head, as Node refuses it',
  async (status) => {
    const seen: number[] = []
    const got = await answer((_, response) => {
      createHeadInterceptor((_subject, isSent) => isSent || seen.push(response.statusCode))(response, undefined)
      expect(() => response.writeHead(status)).toThrow(RangeError)
      response.writeHead(500).end()
    })
    expect([got.status, seen]).toEqual([500, [500]])
  },
)

test('createHeadInterceptor() calls back once where Node refuses the first head for its headers', async () => {
  const seen: number[] = []
  const got = await answer((_, response) => {
    createHeadInterceptor((_subject, isSent) => isSent || seen.push(response.statusCode))(response, undefined)
    expect(() => response.writeHead(200, { 'X-Bad': 'a\nb' })).toThrow(TypeError)
    response.writeHead(500).end()
  })
  expect([got.status, seen]).toEqual([500, [200]])
})

test('createHeadInterceptor() says nothing of a head that is sent already', async () => {
  const onHead = vi.fn()
  await answer((_, response) => {
    response.write('a')
    createHeadInterceptor(onHead)(response, undefined)
    expect(() => response.writeHead(500)).toThrow()
    response.end()
  })
  expect(onHead).not.toHaveBeenCalled()
})

test('createHeadInterceptor() says nothing of a second head, which Node refuses', async () => {
  const seen: number[] = []
  const got = await answer((_, response) => {
    createHeadInterceptor((_subject, isSent) => isSent || seen.push(response.statusCode))(response, undefined)
    response.writeHead(200)
    response.write('a')
    expect(() => response.writeHead(500)).toThrow()
    response.end()
  })
  expect([got.status, seen]).toEqual([200, [200]])
})

test('createHeadInterceptor() calls back once for a response that it is given twice', async () => {
  const onHead = vi.fn()
  const intercept = createHeadInterceptor(onHead)
  await answer((_, response) => {
    intercept(response, 'first')
    intercept(response, 'second')
    response.end()
  })
  expect(onHead.mock.calls).toEqual([
    ['first', false],
    ['first', true],
  ])
})

test('createHeadInterceptor() puts one function around all heads, and tells who came last first', async () => {
  const seen: string[] = []
  const functions = new Set<unknown>()
  const intercepts = ['inner', 'outer'].map((name) =>
    createHeadInterceptor((_, isSent) => seen.push(isSent ? `${name} sent` : name)),
  )
  for (let request = 0; request < 2; request++)
    await answer((_, response) => {
      for (const intercept of intercepts) {
        intercept(response, undefined)
        functions.add(response.writeHead)
      }
      response.end()
    })
  expect(functions.size).toBe(1)
  const once = ['outer', 'inner', 'outer sent', 'inner sent']
  expect(seen).toEqual([...once, ...once])
})

test('createHeadInterceptor() tells of the head that is sent, whatever others put around it in between', async () => {
  const seen: (string | number)[] = []
  const [first, second] = ['first', 'second'].map((name) =>
    createHeadInterceptor<ServerResponse>(({ statusCode }, isSent) => isSent || seen.push(name, statusCode)),
  )
  const got = await answer((_, response) => {
    first?.(response, response)
    const { writeHead } = response
    response.writeHead = function (this: ServerResponse) {
      return writeHead.call(this, 203)
    } as typeof writeHead
    second?.(response, response)
    response.end()
  })
  expect(got.status).toBe(203)
  expect(seen).toEqual(['second', 203, 'first', 203])
})

test('createHeadInterceptor() knows a response again that another one has taken since', async () => {
  const seen: string[] = []
  const [first, second] = ['first', 'second'].map((name) =>
    createHeadInterceptor((_, isSent) => isSent || seen.push(name)),
  )
  await answer((_, response) => {
    for (const intercept of [first, second, first]) intercept?.(response, undefined)
    response.end()
  })
  expect(seen).toEqual(['second', 'first'])
})
