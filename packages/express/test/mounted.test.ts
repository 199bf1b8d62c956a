import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HttpHook } from '@breakwater/core'
import { toMiddleware } from '@breakwater/express'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { expect, onTestFinished, test } from 'vitest'

const showError: ErrorRequestHandler = (error: Error, _request, response, _next) => {
  response.status(500).send(error.message)
}

/** A hook, and how often it was started and ended. */
function createCounter(): { hook: HttpHook; told: string[] } {
  const told: string[] = []
  return {
    told,
    hook: { onStart: () => void told.push('onStart'), onEnd: ({ status }) => told.push(`onEnd ${status}`) },
  }
}

async function ask(app: Express, path: string): Promise<string> {
  const server = createServer(app.use(showError)).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close().closeAllConnections())
  await once(server, 'listening')
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)
  return `${response.status} ${await response.text()}`
}

test('toMiddleware() is an error where a request meets a hook twice, and tells it once', async () => {
  const { hook, told } = createCounter()
  const app = express()
    .use(toMiddleware([hook]))
    .use('/tasks', toMiddleware([{}, hook]))
  expect(await ask(app, '/tasks')).toBe(
    '500 Cannot run a hook twice for one request as it is mounted twice on its way: mount each once',
  )
  await expect.poll(() => told).toEqual(['onStart', 'onEnd 500'])
})

test('toMiddleware() may be mounted with the same hook where no request meets both', async () => {
  const { hook, told } = createCounter()
  const app = express()
    .use('/a', toMiddleware([hook]))
    .use('/b', toMiddleware([hook]))
  app.use((_request, response) => void response.send('fine'))
  expect(await ask(app, '/a')).toBe('200 fine')
  expect(
    await ask(
      express()
        .use(toMiddleware([hook]))
        .get('/b', (_, response) => void response.send('too')),
      '/b',
    ),
  ).toBe('200 too')
  await expect.poll(() => told).toEqual(['onStart', 'onEnd 200', 'onStart', 'onEnd 200'])
})

test('toMiddleware() may be mounted several times with different hooks', async () => {
  const [outer, inner] = [createCounter(), createCounter()]
  const app = express()
    .use(toMiddleware([outer.hook]))
    .use('/tasks', toMiddleware([inner.hook]))
  app.get('/tasks', (_request, response) => void response.send('fine'))
  expect(await ask(app, '/tasks')).toBe('200 fine')
  await expect.poll(() => [outer.told, inner.told]).toEqual(Array(2).fill(['onStart', 'onEnd 200']))
})

test('toMiddleware() sees a request once that an application passes to itself', async () => {
  const { hook, told } = createCounter()
  const app = express().use(toMiddleware([hook]))
  app.use('/', toMiddleware([{}]))
  app.get('/new', (_request, response) => void response.send('fine'))
  app.get('/old', (request, response) => {
    request.url = '/new'
    app(request, response)
  })
  expect(await ask(app, '/old')).toBe('200 fine')
  await expect.poll(() => told).toEqual(['onStart', 'onEnd 200'])
})
