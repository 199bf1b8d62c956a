import underPressure from '@fastify/under-pressure'
import type { Mount } from '../../../src/overload/subject.ts'

/** The limits of its README's example, without those of memory: nothing here is short of that. */
export const mount: Mount = async (app) => {
  await app.register(underPressure, {
    maxEventLoopDelay: 1_000,
    maxEventLoopUtilization: 0.98,
    message: 'Under pressure!',
    retryAfter: 50,
  })
  return { report: () => app.memoryUsage() }
}
