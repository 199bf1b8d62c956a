import { createMonitor, type Monitor } from '@breakwater/monitor'

/** Twice the users that it is meant for. None is refused: from 0.8 of it on, health tells. */
const MAX_CONNECTIONS = 2_000

/** Watches this process, and refuses requests when there are too many for it. All thresholds are those of `monitor`. */
export function createServerMonitor(): Monitor {
  return createMonitor({ name: 'task-server', maxConnections: MAX_CONNECTIONS })
}
