// What @breakwater/monitor offers, written by `pnpm check api --update`. A difference here decides the next version.

declare module '@breakwater/monitor' {
  import type { Clock, HttpExchange, HttpHook, HttpServerHook, Measured, Observable, OperationalError } from '@breakwater/core'

  export interface ConnectionsReading {
    readonly active: number
    readonly upgraded: number
    readonly total: number
  }
  export interface ConnectionsSnapshot extends ConnectionsReading, TrafficReading {
  }
  export type CpuLimitSource = 'cgroup' | 'cpus'
  export interface CpuReading {
    readonly usedCores: number | undefined
    readonly limitCores: number
    readonly limitSource: CpuLimitSource
    readonly usedRatio: number | undefined
    readonly throttledPeriods: number
    readonly throttledSeconds: number
  }
  export interface CpuSnapshot extends CpuReading {
    readonly loadAverage: readonly number[]
  }
  export interface EventLoopReading {
    readonly utilizationRatio: number | undefined
    readonly delayMs: number | undefined
  }
  export interface ForceGcOptions {
    readonly everyMs?: number | undefined
  }
  export interface GcCount {
    readonly count: number
    readonly seconds: number
  }
  export type GcKind = 'minor' | 'major' | 'incremental' | 'weak-callbacks'
  export interface GcReading {
    readonly kinds: Readonly<Record<GcKind, GcCount>>
    readonly timeRatio: number | undefined
  }
  export class HeapSnapshotError extends OperationalError {
    readonly name: 'HeapSnapshotError'
    readonly code: 'ERR_HEAP_SNAPSHOT'
    constructor(why: string, options?: ErrorOptions)
  }
  export interface HeapSnapshotOptions {
    readonly directory: string
    readonly everyMs?: number | undefined
    readonly keep?: number | undefined
  }
  export interface LeakOptions {
    readonly warmUpMs?: number | undefined
    readonly horizonMs?: number | undefined
  }
  export interface LeakReport {
    readonly isSuspected: boolean
    readonly bytesPerHour: number | undefined
    readonly hoursLeft: number | undefined
    readonly retainedBytes: number | undefined
  }
  export type Level = 'ok' | 'warning' | 'critical'
  export const MONITOR_CHANNEL = "breakwater:monitor"
  export interface MemoryLimit {
    readonly source: MemoryLimitSource
    readonly path: string | undefined
    readonly limitBytes: number
    readonly usedBytes: number
    readonly usedRatio: number
  }
  export type MemoryLimitSource = 'heap' | 'cgroup' | 'cgroup-high' | 'machine'
  export interface MemoryReading {
    readonly rssBytes: number
    readonly heapUsedBytes: number
    readonly heapTotalBytes: number
    readonly externalBytes: number
    readonly usedRatio: number
    readonly limits: readonly MemoryLimit[]
  }
  export interface Monitor extends Measured, Observable<MonitorEvent> {
    readonly kind: string
    readonly level: Level
    readonly underPressure: boolean
    readonly wantedReplicas: number
    readonly hook: HttpHook
    readonly serverHook: HttpServerHook
    snapshot(): MonitorSnapshot
    add(name: string, read: () => number, thresholds: Thresholds): this
    setThresholds(name: string, thresholds: Thresholds): this
    close(): Promise<void>
    [Symbol.asyncDispose](): Promise<void>
  }
  export type MonitorEvent = MonitorLevelChanged | MonitorPressureChanged | MonitorThresholdsSet | MonitorLeakSuspected | MonitorLeakGone | MonitorHeapSnapshotWritten | MonitorHeapSnapshotFailed | MonitorGcForced | MonitorReadFailed | ShedEvent
  export interface MonitorGcForced {
    readonly type: 'gc:forced'
    readonly ms: number
    readonly freedBytes: number
  }
  export interface MonitorHeapSnapshotFailed {
    readonly type: 'heap-snapshot:failed'
    readonly error: unknown
  }
  export interface MonitorHeapSnapshotWritten {
    readonly type: 'heap-snapshot:written'
    readonly path: string
    readonly bytes: number
    readonly ms: number
  }
  export interface MonitorLeakGone {
    readonly type: 'leak:gone'
    readonly lastedMs: number
    readonly retainedBytes: number
  }
  export interface MonitorLeakSuspected {
    readonly type: 'leak:suspected'
    readonly bytesPerHour: number
    readonly hoursLeft: number
    readonly retainedBytes: number
    readonly seenForMs: number
  }
  export interface MonitorLevelChanged {
    readonly type: 'level:changed'
    readonly signal: string
    readonly from: Level
    readonly to: Level
    readonly value: number | undefined
    readonly threshold: number
  }
  export interface MonitorOptions {
    readonly name?: string | undefined
    readonly sampleEveryMs?: number | undefined
    readonly thresholds?: ThresholdOptions | undefined
    readonly raiseAfter?: number | undefined
    readonly clearAfter?: number | undefined
    readonly maxConnections?: number | undefined
    readonly shed?: ShedOptions | false | undefined
    readonly leaks?: LeakOptions | false | undefined
    readonly heapSnapshot?: HeapSnapshotOptions | undefined
    readonly forceGc?: ForceGcOptions | boolean | undefined
    readonly scale?: ScaleOptions | undefined
    readonly clock?: Clock | undefined
  }
  export interface MonitorPressureChanged {
    readonly type: 'pressure:changed'
    readonly from: Level
    readonly to: Level
    readonly signals: readonly string[]
  }
  export interface MonitorReadFailed {
    readonly type: 'read:failed'
    readonly source: string
    readonly error: unknown
  }
  export interface MonitorSnapshot {
    readonly name: string
    readonly at: number
    readonly uptimeMs: number
    readonly level: Level
    readonly underPressure: boolean
    readonly signals: Readonly<Record<string, SignalReport>>
    readonly memory: MemoryReading | undefined
    readonly cpu: CpuSnapshot | undefined
    readonly pressure: PressureReadings | undefined
    readonly eventLoop: EventLoopReading
    readonly gc: GcReading
    readonly handles: number
    readonly connections: ConnectionsSnapshot
    readonly requests: RequestsSnapshot
    readonly leak: LeakReport | undefined
    readonly scaling: ScalingReport
  }
  export interface MonitorThresholdsSet {
    readonly type: 'thresholds:set'
    readonly signal: string
    readonly from: Thresholds
    readonly to: Thresholds
  }
  export interface PressureReading {
    readonly someRatio: number
    readonly fullRatio: number
    readonly someSeconds: number
    readonly fullSeconds: number
  }
  export type PressureReadings = Readonly<Partial<Record<PressureResource, PressureReading>>>
  export type PressureResource = 'cpu' | 'memory' | 'io'
  export interface PriorityFailed {
    readonly type: 'priority:failed'
    readonly error: unknown
  }
  export interface RequestsSnapshot {
    readonly answered: number
    readonly responseTimeMs: number | undefined
    readonly demandRatio: number
    readonly isShedding: boolean
  }
  export interface ScaleOptions {
    readonly targetRatio?: number | undefined
    readonly replicas?: number | (() => number) | undefined
    readonly minReplicas?: number | undefined
    readonly maxReplicas?: number | undefined
  }
  export interface ScalingReport {
    readonly wantedReplicas: number
    readonly replicas: number
    readonly loadRatio: number
  }
  export type ShedCause = 'event-loop' | 'concurrency'
  export type ShedEvent = SheddingStarted | SheddingEnded | PriorityFailed
  export interface ShedOptions {
    readonly priority?: ((exchange: HttpExchange) => ShedPriority) | undefined
    readonly initialConcurrency?: number | undefined
    readonly maxConcurrency?: number | undefined
    readonly maxRetryAfterSeconds?: number | undefined
  }
  export type ShedPriority = 'vital' | 'high' | 'normal' | 'low'
  export interface SheddingEnded {
    readonly type: 'shedding:ended'
    readonly refused: number
    readonly lastedMs: number
  }
  export interface SheddingStarted {
    readonly type: 'shedding:started'
    readonly cause: ShedCause
    readonly demandRatio: number
  }
  export interface SignalReport {
    readonly level: Level
    readonly value: number | undefined
    readonly warning: number
    readonly critical: number
  }
  export interface ThresholdOptions {
    readonly memoryRatio?: Thresholds | false | undefined
    readonly cpuRatio?: Thresholds | false | undefined
    readonly eventLoopUtilizationRatio?: Thresholds | false | undefined
    readonly eventLoopDelayMs?: Thresholds | false | undefined
    readonly responseTimeMs?: Thresholds | false | undefined
    readonly connectionsRatio?: Thresholds | false | undefined
  }
  export interface Thresholds {
    readonly warning: number
    readonly critical: number
  }
  export interface TrafficReading {
    readonly readBytes: number
    readonly writtenBytes: number
  }
  export function createMonitor(options?: MonitorOptions): Monitor
  export function isHeapSnapshotError(error: unknown): error is HeapSnapshotError
}
