// What @breakwater/express offers, written by `pnpm check api --update`. A difference here decides the next version.

declare module '@breakwater/express' {
  import type { Clock, HttpEndpoint, HttpHook, HttpReply, NodeRequest, NodeResponse } from '@breakwater/core'
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export interface Application {
    (request: IncomingMessage, response: ServerResponse): unknown
    use(...parts: never[]): unknown
  }
  export const EXPRESS_CHANNEL = "breakwater:express"
  export type ErrorMiddleware = (error: unknown, request: MiddlewareRequest, response: NodeResponse, next: (error?: unknown) => void) => void
  export interface ExpressRequest {
    originalUrl?: string | undefined
    baseUrl?: string | undefined
    route?: MatchedRoute | undefined
  }
  export type Handler<request extends NodeRequest, response extends NodeResponse> = (request: request & ExpressRequest, response: response) => unknown
  export type ListenerEvent = {
    readonly type: 'handler:failed'
    readonly error: unknown
  }
  export interface ListenerOptions {
    readonly hooks?: readonly HttpHook[] | undefined
    readonly endpoints?: Readonly<Record<string, HttpEndpoint>> | undefined
    readonly clock?: Clock | undefined
  }
  export interface MatchedRoute {
    path?: unknown
  }
  export type Middleware = (request: MiddlewareRequest, response: NodeResponse, next: (error?: unknown) => void) => void
  export interface MiddlewareOptions {
    readonly clock?: Clock | undefined
  }
  export type MiddlewareRequest = NodeRequest & ExpressRequest
  export function toErrorHandler(): ErrorMiddleware
  export function toHandler(endpoint: HttpEndpoint): Middleware
  export function toListener(options: ListenerOptions, application: Application): (request: IncomingMessage, response: ServerResponse) => void
  export function toListener<request extends NodeRequest = IncomingMessage, response extends NodeResponse = ServerResponse>(options: ListenerOptions, handler: Handler<request, response>): (request: request, response: response) => void
  export function toMiddleware(hooks: readonly HttpHook[], { clock }?: MiddlewareOptions): Middleware
  export function toProblem(error: unknown): HttpReply | undefined
}
