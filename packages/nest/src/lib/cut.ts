import { constants } from 'node:http2'
import type { NodeResponse } from '@breakwater/core'

/** A response of Express, which is Node's own, or of Fastify, which holds it. */
export type EitherResponse = NodeResponse & { readonly raw?: NodeResponse }

/**
 * Node's own response.
 *
 * @param response The platform's.
 */
export function toNode(response: EitherResponse): NodeResponse {
  return response.raw ?? response
}

/**
 * Cuts a response short, so that the client sees that it is not whole.
 *
 * @param response The response.
 */
export function cut(response: NodeResponse): void {
  // Without a code, HTTP/2 would end it as if it were whole.
  if ('stream' in response) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else response.destroy()
}
