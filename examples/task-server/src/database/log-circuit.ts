import type { FastifyBaseLogger } from 'fastify'
import { toReason } from '../start-error.ts'
import type { GuardedDatabase } from './guarded.ts'

/**
 * Logs when the database is given up, and why, and when it is back. Not each probe that fails meanwhile: nothing is new then.
 *
 * @param database The database.
 * @param log Where.
 */
export function logCircuit(database: GuardedDatabase, log: FastifyBaseLogger): void {
  database.circuit.subscribe((event) => {
    if (event.type === 'circuit:opened' && event.cause !== 'probes-failed') {
      const { cause = event.latestError } = Object(event.latestError) as Error
      const latest = toReason(cause)
      log.warn(
        `The database's circuit breaker refuses calls. ${database.circuit.explain().reason} The latest: ${latest}`,
      )
    }
    if (event.type === 'circuit:closed') log.info('The database is back: its circuit breaker lets calls through')
  })
}
