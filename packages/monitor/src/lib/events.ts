import type { Level } from './level/level.ts'
import type { Thresholds } from './level/options.ts'
import type { ShedEvent } from './shed/events.ts'

/** Name of the `node:diagnostics_channel` on which every monitor publishes its events. */
export const MONITOR_CHANNEL = 'breakwater:monitor'

/** What a monitor tells. Only changes and failures: numbers are read. */
export type MonitorEvent =
  | MonitorLevelChanged
  | MonitorPressureChanged
  | MonitorThresholdsSet
  | MonitorLeakSuspected
  | MonitorLeakGone
  | MonitorHeapSnapshotWritten
  | MonitorHeapSnapshotFailed
  | MonitorGcForced
  | MonitorReadFailed
  | ShedEvent

/** A signal's level changed, hysteresis included. */
export interface MonitorLevelChanged {
  /** The kind of event. */
  readonly type: 'level:changed'
  /** Which signal. */
  readonly signal: string
  /** Its level before. */
  readonly from: Level
  /** Its level now. */
  readonly to: Level
  /** The number at this sample; `undefined` if it is not known any more. */
  readonly value: number | undefined
  /** The threshold that was crossed, up or down. */
  readonly threshold: number
}

/** The worst of all levels changed. */
export interface MonitorPressureChanged {
  /** The kind of event. */
  readonly type: 'pressure:changed'
  /** What it was. */
  readonly from: Level
  /** What it is now. */
  readonly to: Level
  /** Names of the signals that are not `ok`. */
  readonly signals: readonly string[]
}

/** Somebody set other thresholds of a signal. */
export interface MonitorThresholdsSet {
  /** The kind of event. */
  readonly type: 'thresholds:set'
  /** Which signal. */
  readonly signal: string
  /** Those before. */
  readonly from: Thresholds
  /** Those now. */
  readonly to: Thresholds
}

/** What is left after garbage collections grows, and would fill the memory before long. */
export interface MonitorLeakSuspected {
  /** The kind of event. */
  readonly type: 'leak:suspected'
  /** By how many bytes it grows in an hour. */
  readonly bytesPerHour: number
  /** Hours until the memory is full, if it goes on. */
  readonly hoursLeft: number
  /** Bytes that were left after the last collection. */
  readonly retainedBytes: number
  /** Milliseconds over which the trend was seen. */
  readonly seenForMs: number
}

/** What is left after garbage collections grows no more. */
export interface MonitorLeakGone {
  /** The kind of event. */
  readonly type: 'leak:gone'
  /** Milliseconds since it was suspected. */
  readonly lastedMs: number
  /** Bytes that were left after the last collection. */
  readonly retainedBytes: number
}

/** A heap snapshot was written. Nothing else ran meanwhile. */
export interface MonitorHeapSnapshotWritten {
  /** The kind of event. */
  readonly type: 'heap-snapshot:written'
  /** Which file. */
  readonly path: string
  /** Its size. */
  readonly bytes: number
  /** Milliseconds that it took. */
  readonly ms: number
}

/** No heap snapshot was written. */
export interface MonitorHeapSnapshotFailed {
  /** The kind of event. */
  readonly type: 'heap-snapshot:failed'
  /** Why. */
  readonly error: unknown
}

/** A garbage collection was forced. Nothing else ran meanwhile. */
export interface MonitorGcForced {
  /** The kind of event. */
  readonly type: 'gc:forced'
  /** Milliseconds that it took. */
  readonly ms: number
  /** Bytes of the heap that it gave back. */
  readonly freedBytes: number
}

/** A number cannot be read. Told once, until it works again; what depends on it is left out. */
export interface MonitorReadFailed {
  /** The kind of event. */
  readonly type: 'read:failed'
  /** What cannot be read: a signal's name, a file, or `replicas`. */
  readonly source: string
  /** Why. */
  readonly error: unknown
}
