import { callable, nonEmptyString, positiveMilliseconds } from '@breakwater/core'
import type { ShutdownReason } from '../report.ts'

/** What a hook is told. */
export interface HookContext {
  /** Aborts when the hook's time is over: nobody waits for it any longer. */
  readonly signal: AbortSignal
  /** Why the process stops. */
  readonly reason: ShutdownReason
}

/**
 * Closes something.
 *
 * @param context What it is told.
 * @returns Anything; a promise is awaited.
 */
export type ShutdownHook = (context: HookContext) => unknown

/** Options of a hook. */
export interface HookOptions {
  /**
   * Names of hooks that run after this one has ended, as it needs what they close: a cache depends on Redis. They may be added
   * later, but within the same turn.
   *
   * @defaultValue none: it begins at once, beside the others
   */
  readonly dependsOn?: readonly string[] | undefined
  /**
   * Milliseconds that it may take.
   *
   * @defaultValue what is left of the deadline
   */
  readonly limitMs?: number | undefined
}

/** A hook as it was added. */
export interface AddedHook {
  readonly name: string
  readonly run: ShutdownHook
  readonly dependsOn: readonly string[]
  readonly limitMs: number
}

/**
 * Checks a hook.
 *
 * @param name Its name.
 * @param run What it does.
 * @param options What it depends on, and how long it may take.
 */
export function toHook(name: string, run: ShutdownHook, { dependsOn = [], limitMs }: HookOptions): AddedHook {
  return {
    name: nonEmptyString('name', name),
    run: callable('hook', run),
    dependsOn: [...new Set(dependsOn.map((other) => nonEmptyString(`\`dependsOn\` of "${name}"`, other)))],
    limitMs: limitMs === undefined ? Number.POSITIVE_INFINITY : positiveMilliseconds('limitMs', limitMs),
  }
}
