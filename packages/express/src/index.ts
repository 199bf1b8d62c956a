/**
 * Speaks Express (and plain node:http) to features that only know HTTP exchanges.
 *
 * @module
 */
export { type ErrorMiddleware, toErrorHandler } from './lib/error-handler.ts'
export { EXPRESS_CHANNEL, type ListenerEvent } from './lib/events.ts'
export { toHandler } from './lib/handler.ts'
export { type Application, type Handler, type ListenerOptions, toListener } from './lib/listener.ts'
export { type Middleware, type MiddlewareOptions, toMiddleware } from './lib/middleware.ts'
export { toProblem } from './lib/problem.ts'
export type { ExpressRequest, MatchedRoute, MiddlewareRequest } from './lib/request.ts'
