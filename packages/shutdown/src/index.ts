/**
 * Stops a process in order: stop accepting, drain, close, exit.
 *
 * @module
 */
export type { ClusterLike, ClusterWorkerLike } from './lib/drain/cluster-drain.ts'
export type { Drainable } from './lib/drain/to-drain.ts'
export type { WebSocketLike, WebSocketServerLike } from './lib/drain/web-socket-drain.ts'
export {
  HookTimeoutError,
  isHookTimeoutError,
  isShutdownStartedError,
  ShutdownStartedError,
} from './lib/errors.ts'
export {
  SHUTDOWN_CHANNEL,
  type ShutdownCrashed,
  type ShutdownDrained,
  type ShutdownDraining,
  type ShutdownEvent,
  type ShutdownFinished,
  type ShutdownHookFailed,
  type ShutdownStarted,
  type ShutdownUntold,
} from './lib/events.ts'
export type { ShutdownOptions } from './lib/options.ts'
export type { Crashes } from './lib/process/crash-file.ts'
export type {
  DrainReport,
  HookOutcome,
  HookReport,
  ShutdownOutcome,
  ShutdownReason,
  ShutdownReport,
} from './lib/report.ts'
export { type BeginOptions, createShutdown, type Shutdown } from './lib/shutdown.ts'
export type { HookContext, HookOptions, ShutdownHook } from './lib/teardown/hook.ts'
