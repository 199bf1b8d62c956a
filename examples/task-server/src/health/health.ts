import { createHealth, type Health, isLivenessError } from '@breakwater/health'
import { VERSION } from '../about.ts'
import type { Environment } from '../environment.ts'
import { createAdminJudge } from '../http/admin.ts'
import { StartError, toReason } from '../start-error.ts'

/**
 * Creates what says how this server is. It knows no component yet: see {@link addComponents}.
 *
 * @param environment Who may see details.
 */
export function createServerHealth({ adminToken }: Environment): Health {
  return createHealth({ name: 'task-server', version: VERSION, showsDetails: createAdminJudge(adminToken) })
}

/**
 * Serves liveness from a thread of its own, if there is a port for it: early, as an embedded database may block the main loop for
 * seconds when it begins.
 *
 * @param health Ends it.
 * @param environment On which port.
 * @returns The port, if there is one.
 * @throws {StartError} If it cannot be had.
 */
export async function serveLiveness(health: Health, { host, healthPort }: Environment): Promise<number | undefined> {
  if (healthPort === undefined) return undefined
  try {
    return (await health.serveLiveness({ host, port: healthPort })).port
  } catch (error) {
    throw new StartError([isLivenessError(error) ? `${toReason(error)}: see HEALTH_PORT` : toReason(error)], {
      cause: error,
    })
  }
}
