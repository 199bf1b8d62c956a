import type { FastifyInstance } from 'fastify'
import { createAdminJudge } from '../http/admin.ts'
import { NotAdministratorError } from './errors.ts'

/**
 * Lets administrators alone ask the routes of an instance. It comes before the body, which nobody else gets read. What is answered is kept nowhere.
 *
 * @param app The instance, before its first route.
 * @param token What an administrator knows.
 */
export function guardRoutes(app: FastifyInstance, token: string): void {
  const isAdministrator = createAdminJudge(token)
  app.addHook('onRequest', async ({ headers }, reply) => {
    reply.header('cache-control', 'no-store')
    if (isAdministrator({ header: () => headers.authorization })) return
    reply.header('www-authenticate', 'Bearer')
    throw new NotAdministratorError()
  })
}
