import type { Observable } from '@breakwater/core'
import type { MonitorEvent } from '@breakwater/monitor'
import type { FastifyBaseLogger } from 'fastify'
import { toReason } from '../start-error.ts'

/**
 * Logs when requests begin to be refused and when that is over, what is critical and from where on, and leaks.
 *
 * @param monitor What tells.
 * @param log Where.
 */
export function logMonitor(
  monitor: Observable<MonitorEvent>,
  log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>,
): void {
  monitor.subscribe((event) => {
    switch (event.type) {
      case 'shedding:started':
        return log.warn(
          `Pressure: requests are refused, as ${event.demandRatio.toFixed(1)} times of what can be done is wanted (${event.cause})`,
        )
      case 'shedding:ended':
        return log.info(`Pressure: no request is refused any more, after ${event.refused.toLocaleString('en')}`)
      case 'pressure:changed':
        if (event.to === 'critical') return log.info(`Pressure: critical are ${event.signals.join(', ')}`)
        return event.from === 'critical' ? log.info('Pressure: nothing is critical any more') : undefined
      case 'thresholds:set':
        return log.info(
          `Pressure: ${event.signal} is high from ${event.to.warning} on, and critical from ${event.to.critical} on`,
        )
      case 'leak:suspected':
        return log.warn(
          `Pressure: memory leaks, ${toMegabytes(event.bytesPerHour)} MB an hour: there is room for ${event.hoursLeft.toFixed(1)} hours`,
        )
      case 'leak:gone':
        return log.info('Pressure: memory leaks no more')
      case 'read:failed':
        return log.warn(`Pressure: cannot read ${event.source}: ${toReason(event.error)}`)
      case 'priority:failed':
        return log.error(`Pressure: cannot tell how much requests matter: ${toReason(event.error)}`)
    }
  })
}

function toMegabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}
