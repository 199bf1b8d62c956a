import type { HttpExchange } from '@breakwater/core'
import { createMonitor, type Monitor, type ShedPriority } from '@breakwater/monitor'
import { isAdminPath } from '../admin/admin-path.ts'
import { isHealthPath } from '../health/endpoints.ts'
import { LIVE_PATH } from '../live/socket/live-path.ts'
import { METRICS_PATH } from '../observe/endpoints.ts'

/** Twice the users that it is meant for. None is refused: from 0.8 of it on, health tells. */
const MAX_CONNECTIONS = 2_000

/** Watches this process, and refuses requests when there are too many for it. All thresholds are those of `monitor`. */
export function createServerMonitor(): Monitor {
  return createMonitor({ name: 'task-server', maxConnections: MAX_CONNECTIONS, shed: { priority } })
}

/** Never refused is what watches and mends this process. Nor is an upgrade, which lasts for hours: `live` asks for it by itself. */
function priority({ path }: HttpExchange): ShedPriority {
  return path === METRICS_PATH || path === LIVE_PATH || isHealthPath(path) || isAdminPath(path) ? 'vital' : 'normal'
}
