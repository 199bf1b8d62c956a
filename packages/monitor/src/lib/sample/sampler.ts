import type { Clock } from '@breakwater/core'
import type { Attempts } from './attempts.ts'
import { findGroups, NO_GROUPS } from './cgroup.ts'
import { CpuReader, type CpuReading } from './cpu.ts'
import { EventLoopReader, type EventLoopReading } from './event-loop.ts'
import { GcCounts } from './gc.ts'
import { GuardedFiles } from './guarded-files.ts'
import type { Host } from './host.ts'
import { MemoryReader, type MemoryReading } from './memory.ts'
import { PressureReader, type PressureReadings } from './pressure.ts'

/** Limits change rarely: when an operator resizes a container, or moves the process to another one. */
const LIMITS_EVERY_MS = 30_000

/** What was read at one moment. What could not be read is `undefined`. */
export interface Sample {
  /** When, on the monotonic clock. */
  readonly takenAtMs: number
  /** When, in Unix milliseconds. */
  readonly at: number
  /** Memory. */
  readonly memory: MemoryReading | undefined
  /** CPU time. */
  readonly cpu: CpuReading | undefined
  /** The event loop. */
  readonly eventLoop: EventLoopReading
  /** Share of the time that garbage collections took. */
  readonly gcTimeRatio: number | undefined
}

/** Reads everything that is read at every sample. */
export class Sampler {
  /** Counts what is heard of between samples. */
  readonly gc: GcCounts = new GcCounts()
  readonly #clock: Clock
  readonly #attempts: Attempts
  readonly #host: Host
  readonly #memory: MemoryReader
  readonly #cpu: CpuReader
  readonly #pressure: PressureReader
  readonly #eventLoop: EventLoopReader
  #groups = NO_GROUPS
  #limitsAtMs = -Infinity

  /**
   * @param host Where numbers come from.
   * @param clock Where time comes from.
   * @param attempts Hears what cannot be read.
   */
  constructor(host: Host, clock: Clock, attempts: Attempts) {
    const files = new GuardedFiles(host.files, clock, (path, error) => attempts.fail(path, error))
    this.#host = { ...host, files }
    this.#clock = clock
    this.#attempts = attempts
    this.#memory = new MemoryReader(this.#host)
    this.#cpu = new CpuReader(this.#host)
    this.#pressure = new PressureReader(files)
    this.#eventLoop = new EventLoopReader(this.#host)
  }

  /**
   * Takes a sample.
   *
   * @param delayMs How late it is; `undefined` if nobody waited for it.
   */
  take(delayMs: number | undefined): Sample {
    const takenAtMs = this.#clock.now()
    if (takenAtMs - this.#limitsAtMs >= LIMITS_EVERY_MS) this.#refresh(takenAtMs)
    const seconds = takenAtMs / 1_000
    return {
      takenAtMs,
      at: this.#clock.epoch(),
      memory: this.#attempts.run('memory', () => this.#memory.read()),
      cpu: this.#attempts.run('cpu', () => this.#cpu.read(seconds)),
      eventLoop: this.#eventLoop.read(delayMs),
      gcTimeRatio: this.gc.read(seconds),
    }
  }

  /** Stalls now. Not a part of every sample: no level depends on them, and the kernel keeps their averages. */
  readPressure(): PressureReadings | undefined {
    return this.#pressure.read()
  }

  #refresh(nowMs: number): void {
    this.#limitsAtMs = nowMs
    // What cannot be read this time is most likely where it was.
    this.#groups = findGroups(this.#host.files) ?? this.#groups
    this.#memory.refresh(this.#groups.memory)
    this.#cpu.refresh(this.#groups)
    this.#pressure.refresh(this.#groups.unified)
  }
}
