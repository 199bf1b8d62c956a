/**
 * Watches this process's memory, CPU and event loop, and says when it is under pressure.
 *
 * @module
 */
export { HeapSnapshotError, isHeapSnapshotError } from './lib/errors.ts'
export {
  MONITOR_CHANNEL,
  type MonitorEvent,
  type MonitorGcForced,
  type MonitorHeapSnapshotFailed,
  type MonitorHeapSnapshotWritten,
  type MonitorLeakGone,
  type MonitorLeakSuspected,
  type MonitorLevelChanged,
  type MonitorPressureChanged,
  type MonitorReadFailed,
  type MonitorThresholdsSet,
} from './lib/events.ts'
export type { LeakReport } from './lib/leak/leak-detector.ts'
export type { LeakOptions } from './lib/leak/options.ts'
export type { Level } from './lib/level/level.ts'
export type { ThresholdOptions, Thresholds } from './lib/level/options.ts'
export type { SignalReport } from './lib/level/signals.ts'
export { createMonitor, type Monitor } from './lib/monitor.ts'
export type { MonitorOptions } from './lib/options.ts'
export type { ForceGcOptions, HeapSnapshotOptions } from './lib/relief/options.ts'
export type { ConnectionsReading, TrafficReading } from './lib/sample/connections.ts'
export type { CpuLimitSource, CpuReading } from './lib/sample/cpu.ts'
export type { EventLoopReading } from './lib/sample/event-loop.ts'
export type { GcCount, GcKind, GcReading } from './lib/sample/gc.ts'
export type { MemoryLimit, MemoryLimitSource, MemoryReading } from './lib/sample/memory.ts'
export type { PressureReading, PressureReadings, PressureResource } from './lib/sample/pressure.ts'
export type { ScaleOptions } from './lib/scale/options.ts'
export type { ScalingReport } from './lib/scale/scaler.ts'
export type { PriorityFailed, ShedCause, SheddingEnded, SheddingStarted, ShedEvent } from './lib/shed/events.ts'
export type { ShedOptions } from './lib/shed/options.ts'
export type { ShedPriority } from './lib/shed/priority.ts'
export type { ConnectionsSnapshot, CpuSnapshot, MonitorSnapshot, RequestsSnapshot } from './lib/snapshot.ts'
