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

/** Something that was refused. Never what was sent: it may be right but for a letter. */
export interface Refused {
  readonly method: string
  readonly route: string | undefined
  /** The address that it came from. */
  readonly client: string
  /** Whether it brought a token. */
  readonly isTokenGiven: boolean
}

/**
 * Logs what was refused if that looks like an attack.
 *
 * @param code Of the error that it was refused with.
 * @param refused What was refused.
 */
export type LogRefusal = (code: string | undefined, refused: Refused) => void

/**
 * Makes what logs refusals, and tells those who listen to the logger. Of each kind ten lines a minute are enough: `untold` says how many
 * more there were.
 *
 * @param logger Where.
 * @param clock Times the minutes.
 */
export function createRefusalLog(logger: Pick<Logger, 'security'>, clock?: Clock): LogRefusal {
  const rations = new Map(Object.values(KINDS).map((kind) => [kind, createRation({ clock })]))
  return (code = '', refused) => {
    const kind = KINDS[code]
    const leave = kind === undefined ? undefined : rations.get(kind)?.take()
    if (kind !== undefined && leave !== undefined)
      logger.security(kind, { ...refused, untold: leave.untold || undefined })
  }
}

/**
 * Logs requests that are refused because they look like an attack.
 *
 * @param app The server, before its first route.
 * @param logRefusal Logs one.
 */
export function logRefusals(app: FastifyInstance, logRefusal: LogRefusal): void {
  app.addHook('onError', async ({ method, routeOptions, ip, headers }, _reply, { code }) => {
    const isTokenGiven = headers.authorization !== undefined
    logRefusal(code, { method, route: routeOptions.url, client: ip, isTokenGiven })
  })
}
