import toobusy from 'toobusy-js'
import type { Mount } from '../../../src/overload/subject.ts'

/** As its README has it, with its defaults: a lag of 70 ms, looked at twice a second. */
export const mount: Mount = (app) => {
  app.addHook('onRequest', (_request, reply, next) => {
    if (toobusy()) reply.code(503).send("I'm busy right now, sorry.")
    else next()
  })
  return { report: () => ({ lagMs: toobusy.lag() }) }
}
