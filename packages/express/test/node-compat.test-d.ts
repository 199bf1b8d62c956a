import { createServer, type RequestListener } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { type Middleware, toListener, toMiddleware } from '@breakwater/express'
import { expectTypeOf, test } from 'vitest'

test('every server of Node accepts our listener', () => {
  const listener = toListener({}, () => {})
  createServer(listener)
  createHttpsServer({}, listener)
  createHttp2Server(listener)
  expectTypeOf(listener).toExtend<RequestListener>()
})

test('what toMiddleware makes is called as connect calls it', () => {
  expectTypeOf(toMiddleware([])).toEqualTypeOf<Middleware>()
  expectTypeOf<Middleware>().parameter(2).toExtend<(error?: unknown) => void>()
})
