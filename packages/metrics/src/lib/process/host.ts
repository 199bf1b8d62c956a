import { type PerformanceEntry, PerformanceObserver, performance } from 'node:perf_hooks'
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8'
import { createProcessFiles, NO_FILES, type ProcessFiles } from './files.ts'

/** What the process says of itself. Tests give their own. */
export interface ProcessHost {
  /** The kernel's files; none outside of Linux. */
  readonly files: ProcessFiles
  /** Version of Node, such as `v24.11.0`. */
  readonly version: string
  /** Seconds since the process began. */
  uptimeSeconds(): number
  /** CPU time of the process so far, in microseconds. */
  cpu(): { readonly user: number; readonly system: number }
  /** Bytes that the process holds in memory. */
  rssBytes(): number
  /** The heap of this thread, in bytes. */
  heap(): { readonly total: number; readonly used: number; readonly external: number }
  /** The parts of that heap, in bytes. */
  heapSpaces(): readonly HeapSpace[]
  /** Kinds of what keeps the event loop alive, one for each; `undefined` where Node does not tell. */
  resources(): readonly string[] | undefined
  /** Open handles; `undefined` where Node does not tell. */
  handles(): readonly unknown[] | undefined
  /** Requests to the system under way; `undefined` where Node does not tell. */
  requests(): readonly unknown[] | undefined
  /** The event loop so far. */
  loop(): LoopTimes
  /**
   * Hears of garbage collections, soon after each.
   *
   * @param listener Called with Node's constant of the kind, and the milliseconds that it took.
   * @returns A function that stops hearing.
   */
  watchGc(listener: (kind: number, ms: number) => void): () => void
}

/** A part of the heap. */
export interface HeapSpace {
  /** V8's name, such as `new_space`. */
  readonly name: string
  /** Taken from the system. */
  readonly total: number
  /** Used. */
  readonly used: number
  /** Neither used nor lost to fragments. */
  readonly available: number
}

/** What the event loop of this thread says of itself. */
export interface LoopTimes {
  /** Milliseconds for which it has waited with nothing to do. */
  readonly idleMs: number
  /** Milliseconds for which it has worked. */
  readonly activeMs: number
  /** How often it has gone round; `undefined` before Node 20.18. */
  readonly turns: number | undefined
}

interface GcEntry extends PerformanceEntry {
  readonly detail: { readonly kind: number }
}

/** Without a documented door, but where the names of `prom-client` come from. */
interface Innards {
  readonly _getActiveHandles?: () => readonly unknown[]
  readonly _getActiveRequests?: () => readonly unknown[]
}

const timing: { readonly uvMetricsInfo?: { readonly loopCount: number } } = performance.nodeTiming as never

/** The process that this runs in. */
export const systemHost: ProcessHost = {
  files: process.platform === 'linux' ? createProcessFiles() : NO_FILES,
  version: process.version,
  uptimeSeconds: () => process.uptime(),
  cpu: () => process.cpuUsage(),
  rssBytes: () => process.memoryUsage.rss(),
  heap() {
    const { total_heap_size, used_heap_size, external_memory } = getHeapStatistics()
    return { total: total_heap_size, used: used_heap_size, external: external_memory }
  },
  heapSpaces: () =>
    getHeapSpaceStatistics().map(({ space_name, space_size, space_used_size, space_available_size }) => ({
      name: space_name,
      total: space_size,
      used: space_used_size,
      available: space_available_size,
    })),
  resources: () => process.getActiveResourcesInfo?.(),
  handles: () => (process as Innards)._getActiveHandles?.(),
  requests: () => (process as Innards)._getActiveRequests?.(),
  loop() {
    const { idle, active } = performance.eventLoopUtilization()
    return { idleMs: idle, activeMs: active, turns: timing.uvMetricsInfo?.loopCount }
  },
  watchGc(listener) {
    const observer = new PerformanceObserver((list) => {
      for (const { detail, duration } of list.getEntries() as unknown as readonly GcEntry[])
        listener(detail.kind, duration)
    })
    observer.observe({ type: 'gc' })
    return () => observer.disconnect()
  },
}
