import { createExchange, type HttpEndpoint } from '@breakwater/core'
import type { Middleware } from './middleware.ts'
import { expressSource } from './request.ts'
import { send } from './send.ts'

/**
 * Turns a feature's endpoint into a handler: `app.get('/readyz', toHandler(health.readiness))`.
 *
 * @param endpoint The endpoint. What it throws is passed to `next`.
 */
export function toHandler(endpoint: HttpEndpoint): Middleware {
  return (request, response, next) => {
    try {
      const reply = endpoint(createExchange(request, expressSource, request, response))
      if ('then' in reply) reply.then((late) => send(response, late, next)).then(undefined, next)
      else send(response, reply, next)
    } catch (error) {
      next(error)
    }
  }
}
