import { fastify } from 'fastify'
import { expect, test } from 'vitest'
import { toErrorHandler } from './error-handler.ts'

test('toErrorHandler() answers what was refused', async () => {
  const app = fastify()
  app.setErrorHandler(toErrorHandler())
  app.get('/', () => Promise.reject(Object.assign(new Error('db'), { code: 'ERR_CIRCUIT_OPEN', retryAfterMs: 1_500 })))
  const { statusCode, headers, body } = await app.inject('/')
  expect([statusCode, headers['content-type'], headers['retry-after']]).toEqual([503, 'application/problem+json', '2'])
  expect(body).toBe('{"type":"about:blank","title":"Service Unavailable","status":503}')
  await app.close()
})

test('toErrorHandler() leaves what it does not know to the handler above', async () => {
  const app = fastify()
  app.setErrorHandler((error: Error, _request, reply) => reply.code(418).send(error.message))
  app.register(async (child) => {
    child.setErrorHandler(toErrorHandler())
    child.get('/', () => Promise.reject(new Error('a teapot')))
  })
  const { statusCode, body } = await app.inject('/')
  expect([statusCode, body]).toEqual([418, 'a teapot'])
  await app.close()
})
