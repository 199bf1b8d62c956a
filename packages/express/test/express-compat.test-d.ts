import { createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import {
  type ErrorMiddleware,
  type ExpressRequest,
  type Middleware,
  toErrorHandler,
  toHandler,
  toListener,
  toMiddleware,
} from '@breakwater/express'
import express, { type ErrorRequestHandler, type Request, type RequestHandler } from 'express'
import express4, {
  type ErrorRequestHandler as ErrorRequestHandler4,
  type Request as Request4,
  type RequestHandler as RequestHandler4,
} from 'express4'
import { expectTypeOf, test } from 'vitest'

const endpoint = toHandler(() => ({ status: 200 }))

test('the real Express 5 accepts our middleware, handlers and error handler', () => {
  express().use(toMiddleware([])).get('/livez', endpoint).use(toErrorHandler())
  express.Router().use('/api', toMiddleware([])).get('/livez', endpoint).use(toErrorHandler())
  expectTypeOf<Middleware>().toExtend<RequestHandler>()
  expectTypeOf<ErrorMiddleware>().toExtend<ErrorRequestHandler>()
})

test('the real Express 4 accepts them, too', () => {
  express4().use(toMiddleware([])).get('/livez', endpoint).use(toErrorHandler())
  express4.Router().use('/api', toMiddleware([])).get('/livez', endpoint).use(toErrorHandler())
  expectTypeOf<Middleware>().toExtend<RequestHandler4>()
  expectTypeOf<ErrorMiddleware>().toExtend<ErrorRequestHandler4>()
})

test('an application of either is a handler of our listener, on servers of HTTP/1', () => {
  createServer(toListener({}, express()))
  createHttpsServer({}, toListener({}, express()))
  createServer(toListener({}, express4()))
  createHttpsServer({}, toListener({}, express4()))
  const listener = toListener({}, express())
  createServer(listener)
  // @ts-expect-error: Express speaks no HTTP/2
  createHttp2Server(toListener({}, express()))
  // @ts-expect-error: nor does Express 4
  createHttp2Server(toListener({}, express4()))
})

test('what we read of a request is there in both', () => {
  expectTypeOf<Request>().toExtend<ExpressRequest>()
  expectTypeOf<Request4>().toExtend<ExpressRequest>()
})

test('a middleware of other arguments is none', () => {
  expectTypeOf<(request: Request, response: number, next: () => void) => void>().not.toExtend<RequestHandler>()
  expectTypeOf<(request: Request4, response: number, next: () => void) => void>().not.toExtend<RequestHandler4>()
})
