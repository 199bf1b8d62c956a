import { nonEmptyString, positiveInteger, positiveMilliseconds } from '@breakwater/core'

/** Heap snapshots when memory is critical. */
export interface HeapSnapshotOptions {
  /** Where to. It is made if it does not exist. Snapshots hold everything that the process had in memory, secrets included. */
  readonly directory: string
  /**
   * Milliseconds from one to the next.
   *
   * @defaultValue `3_600_000`, an hour; our choice
   */
  readonly everyMs?: number | undefined
  /**
   * How many are kept there. Older ones of this package are removed.
   *
   * @defaultValue `3`, our choice: a growth shows between two
   */
  readonly keep?: number | undefined
}

/** Forced garbage collections when memory is critical. */
export interface ForceGcOptions {
  /**
   * Milliseconds from one to the next.
   *
   * @defaultValue `60_000`, our choice
   */
  readonly everyMs?: number | undefined
}

/** The options as they hold. */
export type ResolvedHeapSnapshotOptions = Required<{
  readonly [key in keyof HeapSnapshotOptions]: NonNullable<HeapSnapshotOptions[key]>
}>

/** The options as they hold. */
export type ResolvedForceGcOptions = Required<{
  readonly [key in keyof ForceGcOptions]: NonNullable<ForceGcOptions[key]>
}>

/**
 * Checks and completes the options.
 *
 * @param options What was given.
 * @throws {TypeError | RangeError} If one of them is wrong, naming it.
 */
export function resolveHeapSnapshotOptions({
  directory,
  everyMs = 3_600_000,
  keep = 3,
}: HeapSnapshotOptions): ResolvedHeapSnapshotOptions {
  return {
    directory: nonEmptyString('heapSnapshot.directory', directory),
    everyMs: positiveMilliseconds('heapSnapshot.everyMs', everyMs),
    keep: positiveInteger('heapSnapshot.keep', keep),
  }
}

/**
 * Checks and completes the options.
 *
 * @param options What was given.
 * @throws {TypeError | RangeError} If one of them is wrong, naming it.
 */
export function resolveForceGcOptions({ everyMs = 60_000 }: ForceGcOptions): ResolvedForceGcOptions {
  return { everyMs: positiveMilliseconds('forceGc.everyMs', everyMs) }
}
