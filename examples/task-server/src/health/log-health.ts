import type { Observable } from '@breakwater/core'
import type { HealthEvent } from '@breakwater/health'
import type { FastifyBaseLogger } from 'fastify'
import { toReason } from '../start-error.ts'

/**
 * Logs when a component stops being well and why, and when it is well again. Of errors only the text: they may hold a password.
 *
 * @param health What tells.
 * @param log Where.
 */
export function logHealth(
  health: Observable<HealthEvent>,
  log: Pick<FastifyBaseLogger, 'debug' | 'info' | 'warn' | 'error'>,
): void {
  health.subscribe((event) => {
    switch (event.type) {
      case 'check:changed': {
        const { check, from, to, cause } = event
        // Who stops it knows.
        if (check === 'shutdown') return
        if (to !== 'healthy') return log.warn(`Health: "${check}" is ${to}: ${reasonOf(cause)}`)
        return from === undefined ? undefined : log.info(`Health: "${check}" is healthy again`)
      }
      case 'check:hung':
        return log.warn(`Health: ${event.runs} checks of "${event.check}" do not end`)
      case 'recovery:tried': {
        const { check, attempt, outcome, error } = event
        const why = error === undefined ? '' : `: ${reasonOf(error)}`
        return log.debug(`Health: tried to mend "${check}" (${attempt}), ${outcome}${why}`)
      }
      case 'recovery:exhausted':
        return log.warn(`Health: "${event.check}" is not mended after ${event.tries} tries`)
      case 'details:failed':
        return log.error(`Health: cannot tell who may see details: ${reasonOf(event.error)}`)
      case 'liveness:failed':
        return log.error(`Health: liveness is no longer served: ${reasonOf(event.error)}`)
    }
  })
}

/** Ours say what it means for a request; what is behind them, why. */
function reasonOf(error: unknown): string {
  const { cause } = Object(error) as Error
  return toReason(cause ?? error)
}
