import type { LeakReport } from './leak/leak-detector.ts'
import type { Level } from './level/level.ts'
import type { SignalReport } from './level/signals.ts'
import type { ConnectionsReading, TrafficReading } from './sample/connections.ts'
import type { CpuReading } from './sample/cpu.ts'
import type { EventLoopReading } from './sample/event-loop.ts'
import type { GcReading } from './sample/gc.ts'
import type { MemoryReading } from './sample/memory.ts'
import type { PressureReadings } from './sample/pressure.ts'
import type { ScalingReport } from './scale/scaler.ts'

/** The CPU time of a process, and the machine's load. */
export interface CpuSnapshot extends CpuReading {
  /** Tasks that ran or waited for a CPU of the machine, over 1, 5 and 15 minutes; zeros on Windows. */
  readonly loadAverage: readonly number[]
}

/** Connections, and what went over them. */
export interface ConnectionsSnapshot extends ConnectionsReading, TrafficReading {}

/** Requests since the sample before. */
export interface RequestsSnapshot {
  /** How many were answered, as of the last sample. */
  readonly answered: number
  /** How long they took on average, from their start to the head of the response; `undefined` if there were none. */
  readonly responseTimeMs: number | undefined
  /** How much of what this process can do is wanted: 2 is twice that. 0 without load shedding. */
  readonly demandRatio: number
  /** Whether requests were refused just now. */
  readonly isShedding: boolean
}

/** All that a monitor knows. */
export interface MonitorSnapshot {
  /** Its name. */
  readonly name: string
  /** When the last sample was taken, in Unix milliseconds. */
  readonly at: number
  /** Milliseconds that the process runs. */
  readonly uptimeMs: number
  /** The worst level of all signals. */
  readonly level: Level
  /** Whether the level is `critical`, or requests are refused. */
  readonly underPressure: boolean
  /** Each signal. */
  readonly signals: Readonly<Record<string, SignalReport>>
  /** Memory; `undefined` if it cannot be read. */
  readonly memory: MemoryReading | undefined
  /** CPU time; `undefined` if it cannot be read. */
  readonly cpu: CpuSnapshot | undefined
  /** How long tasks of the container waited for resources, or of the machine; `undefined` where the kernel does not tell. */
  readonly pressure: PressureReadings | undefined
  /** The event loop. */
  readonly eventLoop: EventLoopReading
  /** Garbage collections. */
  readonly gc: GcReading
  /** Sockets, timers and files that the event loop holds. */
  readonly handles: number
  /** Connections of the servers that it is attached to. */
  readonly connections: ConnectionsSnapshot
  /** Requests that its hook saw. */
  readonly requests: RequestsSnapshot
  /** Whether memory leaks; `undefined` if nobody looks. */
  readonly leak: LeakReport | undefined
  /** How many processes are wanted. */
  readonly scaling: ScalingReport
}
