import overloadProtection from 'overload-protection'
import type { Mount } from '../../../src/overload/subject.ts'

/** With its defaults, 42 ms of event-loop delay. It answers by itself on node:http; here Fastify does, as for everybody. */
export const mount: Mount = (app) => {
  const protect = overloadProtection('http', { production: true })
  app.addHook('onRequest', (_request, reply, next) => {
    if (protect.overload) reply.code(503).header('Retry-After', '1').send('Service Unavailable')
    else next()
  })
  return { report: () => ({ eventLoopDelayMs: protect.eventLoopDelay }) }
}
