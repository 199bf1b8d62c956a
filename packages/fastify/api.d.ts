// What @breakwater/fastify offers, written by `pnpm check api --update`. A difference here decides the next version.

declare module '@breakwater/fastify' {
  import type { Clock, HttpEndpoint, HttpHook, HttpReply, HttpServerHook } from '@breakwater/core'
  import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'

  export type ErrorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void
  export interface PluginOptions {
    readonly hooks?: readonly HttpHook[] | undefined
    readonly endpoints?: Readonly<Record<string, HttpEndpoint>> | undefined
    readonly serverHooks?: readonly HttpServerHook[] | undefined
    readonly clock?: Clock | undefined
  }
  export function toErrorHandler(): ErrorHandler
  export function toPlugin({ hooks, endpoints, serverHooks, clock, }: PluginOptions): FastifyPluginCallback
  export function toProblem(error: unknown): HttpReply | undefined
}
