import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
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

test('every server of Node accepts our listener with a handler that says what it takes', () => {
  createServer(toListener({}, (_request: IncomingMessage, response: ServerResponse) => response.end()))
  createHttp2Server(toListener({}, (_request: Http2ServerRequest, response: Http2ServerResponse) => response.end()))
  createSecureServer(
    {},
    toListener({}, (_request: Http2ServerRequest, response: Http2ServerResponse) => response.end()),
  )
  // @ts-expect-error: HTTP/2 has other responses
  createHttp2Server(toListener({}, (_request: IncomingMessage, response: ServerResponse) => response.end()))
  const listener = toListener<Http2ServerRequest, Http2ServerResponse>({}, (_request, response) => response.end())
  createHttp2Server(listener)
  // @ts-expect-error: and HTTP/1 has not those of HTTP/2
  createServer(listener)
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
