import type { Clock } from '@breakwater/core'
import type { Logger } from '@breakwater/logger'
import type { FastifyInstance } from 'fastify'
import { createRation } from './rationed.ts'

/** Which errors look like an attack, and what is it called then. */
const KINDS: Readonly<Record<string, string>> = {
  ERR_NOT_ADMINISTRATOR: 'admin-refused',
  ERR_CROSS_SITE: 'cross-site',
  ERR_RATE_LIMIT: 'rate-limited',
}

/**
 * Logs requests that are refused because they look like an attack, and tells those who listen to the logger. Of each kind ten lines a minute are
 * enough: `untold` says how many more there were.
 *
 * @param app The server, before its first route.
 * @param logger Where.
 * @param clock Times the minutes.
 */
export function logRefusals(app: FastifyInstance, logger: Pick<Logger, 'security'>, clock?: Clock): void {
  const rations = new Map(Object.values(KINDS).map((kind) => [kind, createRation({ clock })]))
  app.addHook('onError', async ({ method, routeOptions, ip, headers }, _reply, { code }) => {
    const kind = KINDS[code]
    const leave = kind === undefined ? undefined : rations.get(kind)?.take()
    if (kind === undefined || leave === undefined) return
    // Never what was sent: it may be right but for a letter.
    const isTokenGiven = headers.authorization !== undefined
    logger.security(kind, {
      method,
      route: routeOptions.url,
      client: ip,
      isTokenGiven,
      untold: leave.untold || undefined,
    })
  })
}
