import type { Heap, Host } from '../../src/lib/sample/host.ts'
import { NO_LINUX, type Tree, toFiles } from './trees.ts'

/** A process whose numbers a test sets. */
export interface FakeHost extends Host {
  /** Changed at will. */
  readonly state: {
    tree: Record<string, string>
    rssBytes: number
    totalBytes: number
    heap: Heap
    retainedBytes: number
    cpuSeconds: number
    cpus: number
    loop: { idle: number; active: number }
  }
  /** Names of what throws. */
  readonly failing: Set<string>
  /** Tells of a garbage collection. */
  collect(kind: number, ms: number): void
  /** Whether anybody hears of collections. */
  readonly isWatched: boolean
}

/** Creates a process with 1 GB of memory, 4 CPUs and a heap of 100 MB. */
export function createFakeHost(tree: Tree = NO_LINUX): FakeHost {
  const state: FakeHost['state'] = {
    tree: { ...tree },
    rssBytes: 100e6,
    totalBytes: 1e9,
    heap: { usedBytes: 20e6, limitBytes: 100e6, totalBytes: 40e6, externalBytes: 1e6 },
    retainedBytes: 15e6,
    cpuSeconds: 0,
    cpus: 4,
    loop: { idle: 0, active: 0 },
  }
  const failing = new Set<string>()
  let hear: ((kind: number, ms: number) => void) | undefined
  return {
    state,
    failing,
    files: toFiles(state.tree),
    rssBytes() {
      if (failing.has('rssBytes')) throw new Error('no rssBytes')
      return state.rssBytes
    },
    totalBytes: () => state.totalBytes,
    heap: () => state.heap,
    retainedBytes: () => state.retainedBytes,
    cpuSeconds: () => state.cpuSeconds,
    cpus: () => state.cpus,
    loadAverage: () => [1, 2, 3],
    eventLoop: () => ({ ...state.loop }),
    handles: () => 7,
    watchGc(listener) {
      hear = listener
      return () => {
        hear = undefined
      }
    },
    collect: (kind, ms) => hear?.(kind, ms),
    get isWatched() {
      return hear !== undefined
    },
  }
}
