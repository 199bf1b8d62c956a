import { isMainThread } from 'node:worker_threads'
import type { GuardedProcess } from './exit-guard.ts'
import { type FileSystem, nodeFileSystem } from './file-system.ts'
import type { UpkeepFiles } from './upkeep-files.ts'

/** What surrounds a destination. */
export interface DestinationHost {
  readonly fs: FileSystem
  readonly process: GuardedProcess
  /** A worker thread gets no signals, and is ended without being told. */
  readonly isMainThread: boolean
  /** Node's own, if there is none. */
  readonly files?: UpkeepFiles | undefined
  /** Waits on this turn. */
  wait(ms: number): void
}

/** This process and its files. */
export const nodeHost: DestinationHost = {
  fs: nodeFileSystem,
  process,
  isMainThread,
  wait: (ms) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
}
