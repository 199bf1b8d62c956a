import { hasCode, OperationalError } from '@breakwater/core'

/** Thrown where something is added to a process that is already stopping: it would not be closed. */
export class ShutdownStartedError extends OperationalError {
  /** Also when minified. */
  override readonly name: 'ShutdownStartedError' = 'ShutdownStartedError'
  /** Compare this one, see {@link isShutdownStartedError}. */
  override readonly code: 'ERR_SHUTDOWN_STARTED' = 'ERR_SHUTDOWN_STARTED'

  /**
   * @param what What was to be added.
   */
  constructor(what: string) {
    super(`Cannot add ${what} as the process is stopping: close it here`)
  }
}

/** Whether `error` is a {@link ShutdownStartedError}, whichever copy of this package threw it. */
export function isShutdownStartedError(error: unknown): error is ShutdownStartedError {
  return hasCode(error, 'ERR_SHUTDOWN_STARTED')
}

/** What a hook's signal aborts with, and its event tells, when it took longer than it may. */
export class HookTimeoutError extends OperationalError {
  /** Also when minified. */
  override readonly name: 'HookTimeoutError' = 'HookTimeoutError'
  /** Compare this one, see {@link isHookTimeoutError}. */
  override readonly code: 'ERR_HOOK_TIMEOUT' = 'ERR_HOOK_TIMEOUT'
  /** Name of the hook. */
  readonly hook: string

  /**
   * @param hook Name of the hook.
   * @param limitMs Milliseconds that it had.
   */
  constructor(hook: string, limitMs: number) {
    super(
      `Cannot wait for the hook "${hook}" any longer as it took over ${Math.round(limitMs)} ms: going on without it`,
    )
    this.hook = hook
  }
}

/** Whether `error` is a {@link HookTimeoutError}, whichever copy of this package threw it. */
export function isHookTimeoutError(error: unknown): error is HookTimeoutError {
  return hasCode(error, 'ERR_HOOK_TIMEOUT')
}
