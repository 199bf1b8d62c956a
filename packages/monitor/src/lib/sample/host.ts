import { availableParallelism, loadavg, totalmem } from 'node:os'
import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8'
import { createFiles, type Files, NO_FILES } from './files.ts'

/** What the process and the machine say of themselves. Tests give their own. */
export interface Host {
  /** The kernel's files; none outside of Linux. */
  readonly files: Files
  /** Bytes that the process holds in memory. */
  rssBytes(): number
  /** Bytes of memory that the machine has. */
  totalBytes(): number
  /** The heap of this thread. */
  heap(): Heap
  /** Bytes of the heap that outlived a collection, or are outside of it: what a leak grows. */
  retainedBytes(): number
  /** CPU time of the process so far, in seconds. */
  cpuSeconds(): number
  /** CPUs that the process may run on. Asked only where the kernel's files do not tell. */
  cpus(): number
  /** The load averages over 1, 5 and 15 minutes; zeros on Windows. */
  loadAverage(): readonly number[]
  /** Milliseconds that the event loop was idle and active so far. */
  eventLoop(): { readonly idle: number; readonly active: number }
  /** What keeps the event loop busy or waiting: sockets, timers, files. */
  handles(): number
  /**
   * Hears of garbage collections, soon after each.
   *
   * @param listener Called with Node's constant of the kind, and the milliseconds that it took.
   * @returns A function that stops hearing.
   */
  watchGc(listener: (kind: number, ms: number) => void): () => void
}

/** A heap at one moment, in bytes. */
export interface Heap {
  /** Used, garbage that nobody collected yet included. */
  readonly usedBytes: number
  /** How much may be used. */
  readonly limitBytes: number
  /** Taken from the machine. */
  readonly totalBytes: number
  /** Outside of the heap, but held by it, such as buffers. */
  readonly externalBytes: number
}

interface GcEntry extends PerformanceEntry {
  readonly detail: { readonly kind: number }
}

/** The process that this runs in. */
export const systemHost: Host = {
  files: process.platform === 'linux' ? createFiles() : NO_FILES,
  rssBytes: () => process.memoryUsage.rss(),
  totalBytes: totalmem,
  heap() {
    const { used_heap_size, heap_size_limit, total_heap_size, external_memory } = getHeapStatistics()
    return {
      usedBytes: used_heap_size,
      limitBytes: heap_size_limit,
      totalBytes: total_heap_size,
      externalBytes: external_memory,
    }
  },
  retainedBytes() {
    let bytes = getHeapStatistics().external_memory
    for (const { space_name, space_used_size } of getHeapSpaceStatistics())
      if (!space_name.startsWith('new_')) bytes += space_used_size
    return bytes
  },
  cpuSeconds() {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  },
  cpus: availableParallelism,
  loadAverage: loadavg,
  eventLoop: () => performance.eventLoopUtilization(),
  handles: () => process.getActiveResourcesInfo().length,
  watchGc(listener) {
    const observer = new PerformanceObserver((list) => {
      for (const { detail, duration } of list.getEntries() as unknown as readonly GcEntry[])
        listener(detail.kind, duration)
    })
    observer.observe({ type: 'gc' })
    return () => observer.disconnect()
  },
}
