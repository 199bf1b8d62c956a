import { createServer, type RequestListener } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { type Middleware, toListener, toMiddleware } from '@breakwater/express'
import { expectTypeOf, test } from 'vitest'

test('every server of Node accepts our listener', () => {
  createServer(toListener({}, (_request, response) => response.write('text')))
  createHttpsServer(
    {},
    toListener({}, (_request, response) => response.write('text')),
  )
  createHttp2Server(toListener({}, (_request, response) => response.write('text')))
  expectTypeOf(toListener({}, () => {})).toExtend<RequestListener>()
})

test('a handler knows the route as Express does', () => {
  createServer(
    toListener({}, (request) => {
      request.route = { path: '/tasks/:id' }
    }),
  )
})

test('what toMiddleware makes is called as connect calls it', () => {
  expectTypeOf(toMiddleware([])).toEqualTypeOf<Middleware>()
  expectTypeOf<Middleware>().parameter(2).toExtend<(error?: unknown) => void>()
})
