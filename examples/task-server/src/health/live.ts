import type { HealthCheck } from '@breakwater/health'
import type { Live } from '../live/socket/live.ts'

/** As for every limit: from the first on somebody should know, from the second on new ones are about to be refused. */
const WARNING_RATIO = 0.8
const CRITICAL_RATIO = 0.95

/**
 * Makes a check of how many WebSockets are open, as a share of how many may be.
 *
 * @param live The live channel.
 */
export function createLiveCheck(live: Pick<Live, 'connections' | 'maxConnections'>): HealthCheck {
  return () => {
    const { connections, maxConnections } = live
    const data = { connections, max: maxConnections }
    if (connections < WARNING_RATIO * maxConnections) return { status: 'healthy', data }
    const status = connections < CRITICAL_RATIO * maxConnections ? 'degraded' : 'unhealthy'
    return { status, cause: `There are ${connections} WebSockets, and there may be ${maxConnections}`, data }
  }
}
