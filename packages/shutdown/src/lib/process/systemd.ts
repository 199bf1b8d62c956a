import { execFile } from 'node:child_process'
import cluster from 'node:cluster'
import type { Clock } from '@breakwater/core'

/** How long telling systemd may take. */
const LIMIT_MS = 2_000

/** The service manager that this process was started by, if it wants to be told. */
export interface Systemd {
  /** The process is up: `READY=1`, and signs of life for its watchdog from now on. */
  ready(): void
  /** The process stops, and needs as long as this. */
  stopping(limitMs: number): void
  /** No more signs of life. */
  stop(): void
}

/**
 * Tells systemd of a service of `Type=notify`.
 *
 * Node has no sockets of the kind that systemd listens on, so `systemd-notify` is run: the service needs `NotifyAccess=all`.
 *
 * @param clock Counts the time between signs of life.
 * @param environment What systemd said: `NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`.
 * @param onError Hears why systemd could not be told.
 */
export function createSystemd(
  clock: Clock,
  environment: NodeJS.ProcessEnv,
  onError: (error: unknown) => void,
): Systemd {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = environment
  let stopWatchdog = (): void => {}
  // A worker of a cluster inherits what its primary was told.
  const isNobody = NOTIFY_SOCKET === undefined || NOTIFY_SOCKET === '' || cluster.isWorker
  if (isNobody) return { ready() {}, stopping() {}, stop() {} }

  function tell(...states: string[]): void {
    const child = execFile('systemd-notify', states, { timeout: LIMIT_MS }, (error) => {
      if (error) onError(error)
    })
    child.unref()
  }
  const isWatched = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid
  // Half of the time, as sd_watchdog_enabled(3) advises.
  const everyMs = isWatched && Number(WATCHDOG_USEC) > 0 ? Number(WATCHDOG_USEC) / 2_000 : undefined

  function live(ms: number): void {
    stopWatchdog = clock.after(ms, () => {
      tell('WATCHDOG=1')
      live(ms)
    })
  }
  return {
    ready() {
      tell('READY=1')
      if (everyMs !== undefined) live(everyMs)
    },
    stopping: (limitMs) => tell('STOPPING=1', `EXTEND_TIMEOUT_USEC=${Math.ceil(limitMs * 1_000)}`),
    stop: () => stopWatchdog(),
  }
}
