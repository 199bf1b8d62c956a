import { type Clock, nonEmptyString, positiveInteger, positiveMilliseconds, systemClock } from '@breakwater/core'
import { type LeakOptions, type ResolvedLeakOptions, resolveLeakOptions } from './leak/options.ts'
import {
  checkRules,
  type LevelRules,
  type ResolvedThresholds,
  resolveThresholds,
  type ThresholdOptions,
} from './level/options.ts'
import {
  type ForceGcOptions,
  type HeapSnapshotOptions,
  type ResolvedForceGcOptions,
  type ResolvedHeapSnapshotOptions,
  resolveForceGcOptions,
  resolveHeapSnapshotOptions,
} from './relief/options.ts'
import { type ResolvedScaleOptions, resolveScaleOptions, type ScaleOptions } from './scale/options.ts'
import { type ResolvedShedOptions, resolveShedOptions, type ShedOptions } from './shed/options.ts'

/** Options of `createMonitor`. */
export interface MonitorOptions {
  /**
   * Name in events and metrics.
   *
   * @defaultValue `process`
   */
  readonly name?: string | undefined
  /**
   * Milliseconds between samples. While the process does nothing and all is well, twice as many.
   *
   * @defaultValue `1_000`, our choice: the process wakes up once a second for it
   */
  readonly sampleEveryMs?: number | undefined
  /**
   * From where on numbers are too high.
   *
   * @defaultValue those of each signal
   */
  readonly thresholds?: ThresholdOptions | undefined
  /**
   * Samples in a row at or over a threshold that raise a level.
   *
   * @defaultValue `2`, our choice: one may be chance
   */
  readonly raiseAfter?: number | undefined
  /**
   * Samples in a row below nine tenths of a threshold that lower a level.
   *
   * @defaultValue `5`, our choice
   */
  readonly clearAfter?: number | undefined
  /**
   * How many connections the process is meant to hold. None is refused: it makes the signal `connectionsRatio`.
   *
   * @defaultValue none
   */
  readonly maxConnections?: number | undefined
  /**
   * How requests are refused when there are too many; `false` refuses none, and only times them.
   *
   * @defaultValue `{}`
   */
  readonly shed?: ShedOptions | false | undefined
  /**
   * When a leak is suspected; `false` looks for none.
   *
   * @defaultValue `{}`
   */
  readonly leaks?: LeakOptions | false | undefined
  /**
   * Writes heap snapshots when memory is critical. Each stops the process for seconds.
   *
   * @defaultValue none
   */
  readonly heapSnapshot?: HeapSnapshotOptions | undefined
  /**
   * Forces garbage collections when memory is critical. Each stops the process for as long as it takes.
   *
   * @defaultValue `false`
   */
  readonly forceGc?: ForceGcOptions | boolean | undefined
  /**
   * How many processes are wanted.
   *
   * @defaultValue `{}`
   */
  readonly scale?: ScaleOptions | undefined
  /**
   * Where time comes from.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/** The options as they hold. */
export interface ResolvedMonitorOptions {
  /** Name in events and metrics. */
  readonly name: string
  /** Milliseconds between samples. */
  readonly sampleEveryMs: number
  /** From where on numbers are too high. */
  readonly thresholds: ResolvedThresholds
  /** When levels change. */
  readonly rules: LevelRules
  /** How many connections there may be. */
  readonly maxConnections: number | undefined
  /** How requests are refused. */
  readonly shed: ResolvedShedOptions | undefined
  /** When a leak is suspected. */
  readonly leaks: ResolvedLeakOptions | undefined
  /** Where heap snapshots go. */
  readonly heapSnapshot: ResolvedHeapSnapshotOptions | undefined
  /** How often collections are forced. */
  readonly forceGc: ResolvedForceGcOptions | undefined
  /** How many processes are wanted. */
  readonly scale: ResolvedScaleOptions
  /** Where time comes from. */
  readonly clock: Clock
}

/**
 * Checks and completes the options.
 *
 * @param options What was given.
 * @throws {TypeError | RangeError} If one of them is wrong, naming it.
 */
export function resolveMonitorOptions({
  name = 'process',
  sampleEveryMs = 1_000,
  thresholds = {},
  raiseAfter = 2,
  clearAfter = 5,
  maxConnections,
  shed = {},
  leaks = {},
  heapSnapshot,
  forceGc = false,
  scale = {},
  clock = systemClock,
}: MonitorOptions): ResolvedMonitorOptions {
  const resolved = resolveThresholds(thresholds)
  if (resolved.memoryRatio === false && (heapSnapshot !== undefined || forceGc !== false))
    throw new TypeError('Expected `thresholds.memoryRatio` to be set, as `heapSnapshot` and `forceGc` wait for it')
  return {
    name: nonEmptyString('name', name),
    sampleEveryMs: positiveMilliseconds('sampleEveryMs', sampleEveryMs),
    thresholds: resolved,
    rules: checkRules({ raiseAfter, clearAfter }),
    maxConnections: maxConnections === undefined ? undefined : positiveInteger('maxConnections', maxConnections),
    shed: shed === false ? undefined : resolveShedOptions(shed),
    leaks: leaks === false ? undefined : resolveLeakOptions(leaks),
    heapSnapshot: heapSnapshot === undefined ? undefined : resolveHeapSnapshotOptions(heapSnapshot),
    forceGc: forceGc === false ? undefined : resolveForceGcOptions(forceGc === true ? {} : forceGc),
    scale: resolveScaleOptions(scale),
    clock,
  }
}
