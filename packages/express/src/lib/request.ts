import type { ExchangeSource, NodeRequest } from '@breakwater/core'

/** A request as Express and plain servers hand it out. */
export type MiddlewareRequest = NodeRequest & ExpressRequest

/**
 * What Express adds to a request, as much of it as this adapter reads. Declared here, so that neither `express` nor
 * its types are needed to use it; a type test keeps it true to the real one.
 */
export interface ExpressRequest {
  /** URL as received; Express shortens `url` inside a router. */
  originalUrl?: string | undefined
  /** Path at which the current router is mounted. */
  baseUrl?: string | undefined
  /** The matched route, once there is one. A router of your own sets it, too. */
  route?: MatchedRoute | undefined
}

/** A route that a router found. */
export interface MatchedRoute {
  /** Its pattern, without the prefix its router is mounted under. Express allows expressions, which make no label. */
  path?: unknown
}

/** How exchanges are read from requests of Express and of `node:http`. */
export const expressSource: ExchangeSource<MiddlewareRequest> = {
  url: (request) => request.originalUrl ?? request.url ?? '',
  route({ baseUrl = '', route }) {
    return typeof route?.path === 'string' ? baseUrl + route.path : undefined
  },
}
