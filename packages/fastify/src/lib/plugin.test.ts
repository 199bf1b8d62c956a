import { createManualClock } from '@breakwater/core/testing'
import { type FastifyInstance, fastify } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { toPlugin } from './plugin.ts'

let app: FastifyInstance

afterEach(() => app.close())

test('toPlugin() holds for routes of the instance, of its children, and of before', async () => {
  const routes: (string | undefined)[] = []
  app = fastify()
  app.get('/before', () => '')
  await app.register(toPlugin({ hooks: [{ onEnd: ({ route }) => routes.push(route) }] }))
  await app.register(async (child) => child.get('/:id', () => ''), { prefix: '/child' })

  for (const url of ['/before', '/child/7', '/nowhere']) await app.inject(url)
  await expect.poll(() => routes).toEqual(['/before', '/child/:id', undefined])
})

test('toPlugin() tells what Fastify answers by itself, with its time', async () => {
  const clock = createManualClock()
  const ended: unknown[] = []
  app = fastify()
  app.addHook('onRequest', async (request, reply) => {
    if (request.url === '/early') {
      clock.advance(5)
      await reply.code(401).send('before the plugin')
    }
  })
  await app.register(
    toPlugin({
      clock,
      hooks: [
        {
          onEnd: ({ path, status, outcome, startedAtMs }) =>
            ended.push([path, status, outcome, clock.now() - startedAtMs]),
        },
      ],
    }),
  )
  const url = await app.listen({ port: 0, host: '127.0.0.1' })

  expect((await fetch(`${url}/%zz`)).status).toBe(400)
  expect((await fetch(`${url}/early`)).status).toBe(401)
  await expect
    .poll(() => ended)
    .toEqual([
      ['/%zz', 400, 'finished', 0],
      ['/early', 401, 'finished', 5],
    ])
})

test("toPlugin() sends a hook's reply through Fastify, so that other plugins see it", async () => {
  app = fastify()
  await app.register(
    toPlugin({ hooks: [{ onStart: () => ({ status: 503, headers: { 'retry-after': '1' }, body: 'busy' }) }] }),
  )
  app.addHook('onSend', async (_request, reply) => void reply.header('x-other', 'seen'))
  app.get('/', () => 'never')

  const answer = await app.inject('/')
  expect([answer.statusCode, answer.body, answer.headers['retry-after'], answer.headers['x-other']]).toEqual([
    503,
    'busy',
    '1',
    'seen',
  ])
})

test('toPlugin() sends text as it is, of whatever type, and shows it to other plugins', async () => {
  app = fastify()
  const seen: unknown[] = []
  const headers = { 'content-type': 'application/problem+json' }
  await app.register(toPlugin({ hooks: [{ onStart: () => ({ status: 503, headers, body: '{"title":"\u00fc"}' }) }] }))
  app.addHook('onSend', async (_request, _reply, payload) => void seen.push(payload))
  app.get('/', () => 'never')

  const answer = await app.inject('/')
  expect([answer.body, answer.headers['content-type']]).toEqual(['{"title":"\u00fc"}', 'application/problem+json'])
  expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(answer.body)))
  expect(seen).toEqual(['{"title":"\u00fc"}'])
})

test("toPlugin() leaves it to Fastify's error handler where a hook of another plugin throws", async () => {
  app = fastify()
  await app.register(toPlugin({ hooks: [{ onStart: () => ({ status: 503, body: 'busy' }) }] }))
  let isFirst = true
  app.addHook('onSend', async () => {
    if (isFirst) {
      isFirst = false
      throw new Error('cannot send')
    }
  })
  app.setErrorHandler((error: Error, _request, reply) => reply.code(500).send({ cause: error.message }))
  app.get('/', () => 'never')

  const answer = await app.inject('/')
  expect([answer.statusCode, answer.json()]).toEqual([500, { cause: 'cannot send' }])
})

test('toPlugin() answers HEAD at an endpoint without asking for its pieces', async () => {
  let asked = 0
  app = fastify()
  await app.register(
    toPlugin({
      endpoints: {
        '/pieces': () => ({
          status: 200,
          body: (async function* () {
            asked++
            yield 'piece'
          })(),
        }),
      },
    }),
  )

  expect((await app.inject({ method: 'HEAD', url: '/pieces' })).statusCode).toBe(200)
  expect(asked).toBe(0)
  expect((await app.inject('/pieces')).body).toBe('piece')
})

test("toPlugin() leaves an endpoint's error to Fastify's error handler", async () => {
  app = fastify()
  app.setErrorHandler((error: Error, _request, reply) => reply.code(502).send(error.message))
  await app.register(toPlugin({ endpoints: { '/bad': () => Promise.reject(new Error('no')) } }))

  const answer = await app.inject('/bad')
  expect([answer.statusCode, answer.body]).toEqual([502, 'no'])
})
