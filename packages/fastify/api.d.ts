// What @breakwater/fastify offers, written by `pnpm check api --update`. A difference here decides the next version.

declare module '@breakwater/fastify' {
  import type { Clock, HttpEndpoint, HttpHook, HttpServerHook } from '@breakwater/core'
  import type { FastifyPluginCallback } from 'fastify'

  export interface PluginOptions {
    readonly hooks?: readonly HttpHook[] | undefined
    readonly endpoints?: Readonly<Record<string, HttpEndpoint>> | undefined
    readonly serverHooks?: readonly HttpServerHook[] | undefined
    readonly clock?: Clock | undefined
  }
  export function toPlugin({ hooks, endpoints, serverHooks, clock, }: PluginOptions): FastifyPluginCallback
}
