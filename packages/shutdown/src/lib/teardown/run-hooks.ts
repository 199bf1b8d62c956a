import type { Clock } from '@breakwater/core'
import { HookTimeoutError } from '../errors.ts'
import type { HookReport, ShutdownReason } from '../report.ts'
import type { AddedHook } from './hook.ts'
import type { Hooks } from './hooks.ts'

/** What the running of hooks needs to know. */
export interface Teardown {
  readonly clock: Clock
  readonly reason: ShutdownReason
  /** On the clock, when all must be over. */
  readonly dueMs: number
  /** Hears of each that did not go well. */
  onFailure(report: HookReport): void
}

/**
 * Runs each hook once those that depend on it have ended, however they did: one that fails stops no other.
 *
 * @param hooks The hooks.
 * @param teardown How long, and who hears of failures.
 * @returns How each went, in the order in which they were added. Never rejects.
 */
export function runHooks(hooks: Hooks, teardown: Teardown): Promise<readonly HookReport[]> {
  const runs = new Map<string, Promise<HookReport>>()
  const start = (hook: AddedHook): Promise<HookReport> => {
    const known = runs.get(hook.name)
    if (known !== undefined) return known
    const dependents = hooks.dependentsOf(hook.name).map(start)
    // Without any, it begins in this very turn.
    const run =
      dependents.length === 0 ? runHook(hook, teardown) : Promise.all(dependents).then(() => runHook(hook, teardown))
    runs.set(hook.name, run)
    return run
  }
  return Promise.all(hooks.all.map(start))
}

function runHook(
  { name, run, limitMs }: AddedHook,
  { clock, reason, dueMs, onFailure }: Teardown,
): Promise<HookReport> {
  const startedMs = clock.now()
  const leftMs = Math.min(limitMs, dueMs - startedMs)
  return new Promise((resolve) => {
    let stop = (): void => {}
    let isOver = false
    const end = (outcome: HookReport['outcome'], error?: unknown): void => {
      if (isOver) return
      isOver = true
      stop()
      const report: HookReport = { name, outcome, durationMs: clock.now() - startedMs, error }
      if (outcome !== 'done') onFailure(report)
      resolve(report)
    }
    if (leftMs <= 0) return end('skipped', new HookTimeoutError(name, 0))
    const controller = new AbortController()
    stop = clock.after(leftMs, () => {
      const error = new HookTimeoutError(name, leftMs)
      end('late', error)
      controller.abort(error)
    })
    try {
      Promise.resolve(run({ signal: controller.signal, reason })).then(
        () => end('done'),
        (error) => end('failed', error),
      )
    } catch (error) {
      end('failed', error)
    }
  })
}
