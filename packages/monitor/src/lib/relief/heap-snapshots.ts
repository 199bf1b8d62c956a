import { mkdir, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { writeHeapSnapshot } from 'node:v8'
import type { Clock } from '@breakwater/core'
import { HeapSnapshotError } from '../errors.ts'
import type { MonitorHeapSnapshotFailed, MonitorHeapSnapshotWritten } from '../events.ts'
import type { MemoryReading } from '../sample/memory.ts'
import type { ResolvedHeapSnapshotOptions } from './options.ts'

/** Where snapshots go. Tests give their own. */
export interface SnapshotDisk {
  /** Makes a directory, if there is none. */
  make(directory: string): Promise<void>
  /** Bytes that are free. */
  freeBytes(directory: string): Promise<number>
  /** Names of the files there. */
  list(directory: string): Promise<readonly string[]>
  /** Writes a snapshot, and nothing else runs meanwhile. */
  write(path: string): void
  /** Gives a file its final name, and returns its size. */
  finish(from: string, to: string): Promise<number>
  /** Removes a file, if it is there. */
  remove(path: string): Promise<void>
}

/** The disk of this machine. */
export const systemDisk: SnapshotDisk = {
  make: async (directory) => void (await mkdir(directory, { recursive: true, mode: 0o700 })),
  async freeBytes(directory) {
    const { bavail, bsize } = await statfs(directory)
    return bavail * bsize
  },
  list: readdir,
  write: (path) => void writeHeapSnapshot(path),
  async finish(from, to) {
    await rename(from, to)
    return (await stat(to)).size
  },
  remove: (path) => rm(path, { force: true }),
}

/** A snapshot of a heap takes about as much memory as the heap, and as much on disk, or up to twice that. */
const DISK_RATIO = 2
const NAME = /^breakwater-\d{14}-\d+\.heapsnapshot$/

/** Writes heap snapshots, now and then. */
export class HeapSnapshots {
  readonly #options: ResolvedHeapSnapshotOptions
  readonly #clock: Clock
  readonly #emit: (event: MonitorHeapSnapshotWritten | MonitorHeapSnapshotFailed) => void
  readonly #disk: SnapshotDisk
  #lastAtMs = -Infinity
  #underWay: Promise<void> | undefined

  /**
   * @param options Where to, and how often.
   * @param clock Where time comes from.
   * @param emit Hears of it.
   * @param disk Where they go.
   */
  constructor(
    options: ResolvedHeapSnapshotOptions,
    clock: Clock,
    emit: (event: MonitorHeapSnapshotWritten | MonitorHeapSnapshotFailed) => void,
    disk: SnapshotDisk = systemDisk,
  ) {
    this.#options = options
    this.#clock = clock
    this.#emit = emit
    this.#disk = disk
  }

  /**
   * Memory is critical.
   *
   * @param memory How much of what is used.
   * @returns Resolves when one is written, or not. Never rejects.
   */
  async offer(memory: MemoryReading): Promise<void> {
    const now = this.#clock.now()
    if (this.#underWay !== undefined || now - this.#lastAtMs < this.#options.everyMs) return
    this.#lastAtMs = now
    this.#underWay = this.#write(memory)
    await this.#underWay
    this.#underWay = undefined
  }

  async #write(memory: MemoryReading): Promise<void> {
    try {
      assertRoom(memory)
      const { directory } = this.#options
      await this.#disk.make(directory)
      const freeBytes = await this.#disk.freeBytes(directory)
      if (freeBytes < memory.heapUsedBytes * DISK_RATIO)
        throw new HeapSnapshotError(
          `"${directory}" has ${toMb(freeBytes)} left, and it may take twice the heap's ${toMb(memory.heapUsedBytes)}`,
        )
      this.#emit(await this.#writeTo(directory))
      await this.#prune(directory)
    } catch (error) {
      this.#emit({ type: 'heap-snapshot:failed', error })
    }
  }

  async #writeTo(directory: string): Promise<MonitorHeapSnapshotWritten> {
    const stamp = new Date(this.#clock.epoch()).toISOString().replace(/\D/g, '').slice(0, 14)
    const path = join(directory, `breakwater-${stamp}-${process.pid}.heapsnapshot`)
    const partial = `${path}.partial`
    const startedMs = this.#clock.now()
    try {
      this.#disk.write(partial)
      const ms = this.#clock.now() - startedMs
      return { type: 'heap-snapshot:written', path, bytes: await this.#disk.finish(partial, path), ms }
    } catch (error) {
      await this.#disk.remove(partial)
      throw error
    }
  }

  async #prune(directory: string): Promise<void> {
    // Names begin with their time.
    const names = (await this.#disk.list(directory)).filter((name) => NAME.test(name)).sort()
    for (const name of names.slice(0, -this.#options.keep)) await this.#disk.remove(join(directory, name))
  }
}

/** A snapshot that ends in the container being killed helps nobody. */
function assertRoom({ limits, heapUsedBytes }: MemoryReading): void {
  for (const { source, limitBytes, usedBytes } of limits) {
    if (source === 'heap' || limitBytes - usedBytes >= heapUsedBytes) continue
    const left = toMb(Math.max(0, limitBytes - usedBytes))
    throw new HeapSnapshotError(
      `${left} of memory are left (${source}), and it takes as much as the heap's ${toMb(heapUsedBytes)}`,
    )
  }
}

function toMb(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}
