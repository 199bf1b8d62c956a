import type { GroupPath } from './cgroup.ts'
import type { Files } from './files.ts'
import type { Heap, Host } from './host.ts'
import { fieldOf, toNumber } from './numbers.ts'

/**
 * What limits memory. `heap`: V8's own limit. `cgroup`: the container's hard limit. `cgroup-high`: where the kernel begins to take
 * memory back from the container, which slows it. `machine`: all there is.
 */
export type MemoryLimitSource = 'heap' | 'cgroup' | 'cgroup-high' | 'machine'

/** A limit of memory, and how much of it is used. */
export interface MemoryLimit {
  /** What limits. */
  readonly source: MemoryLimitSource
  /** Where a control group's limit is written; `undefined` of others. */
  readonly path: string | undefined
  /** Bytes that may be used. */
  readonly limitBytes: number
  /** Bytes used of it: of the heap, the process or the control group, whichever it limits. */
  readonly usedBytes: number
  /** Used over limit. */
  readonly usedRatio: number
}

/** The memory of the process at one moment. */
export interface MemoryReading {
  /** Bytes that the process holds in memory. */
  readonly rssBytes: number
  /** Bytes of the heap that are used, garbage that nobody collected yet included. */
  readonly heapUsedBytes: number
  /** Bytes that the heap has taken. */
  readonly heapTotalBytes: number
  /** Bytes outside of the heap that it holds on to, such as buffers. */
  readonly externalBytes: number
  /** The share of the limit that is nearest. */
  readonly usedRatio: number
  /** The limits that there are, the nearest one first. */
  readonly limits: readonly MemoryLimit[]
}

interface GroupLimit {
  readonly source: 'cgroup' | 'cgroup-high'
  readonly path: string
  readonly folder: string
  readonly limitBytes: number
}

/** Version 1 says "no limit" with the largest number of pages that there can be. */
const NO_LIMIT_BYTES = 2 ** 60

/** Names of files in a control group. */
const NAMES = {
  1: { usage: 'memory.usage_in_bytes', inactive: 'total_inactive_file' },
  2: { usage: 'memory.current', inactive: 'inactive_file' },
} as const

/** Reads how much memory is used, of which limit. Limits are looked for once in a while, as they may change. */
export class MemoryReader {
  readonly #host: Host
  #version: 1 | 2 = 2
  #limits: readonly GroupLimit[] = []

  /** @param host Where numbers come from. */
  constructor(host: Host) {
    this.#host = host
  }

  /**
   * Looks for limits.
   *
   * @param group The control group of this process.
   */
  refresh(group: GroupPath | undefined): void {
    this.#version = group?.version ?? 2
    this.#limits = group === undefined ? [] : limitsOf(group, this.#host.files)
  }

  /** What is used now. */
  read(): MemoryReading {
    const heap = this.#host.heap()
    const rssBytes = this.#host.rssBytes()
    const limits = [
      toLimit('heap', undefined, heap.limitBytes, heap.usedBytes),
      toLimit('machine', undefined, this.#host.totalBytes(), rssBytes),
      ...this.#groupLimits(),
    ].sort((a, b) => b.usedRatio - a.usedRatio)
    return { rssBytes, ...fieldsOf(heap), usedRatio: limits[0]?.usedRatio ?? 0, limits }
  }

  #groupLimits(): readonly MemoryLimit[] {
    const used = new Map<string, number | undefined>()
    return this.#limits.flatMap(({ source, path, folder, limitBytes }) => {
      if (!used.has(folder)) used.set(folder, workingSet(folder, this.#version, this.#host.files))
      const usedBytes = used.get(folder)
      return usedBytes === undefined ? [] : [toLimit(source, path, limitBytes, usedBytes)]
    })
  }
}

function fieldsOf(heap: Heap): Pick<MemoryReading, 'heapUsedBytes' | 'heapTotalBytes' | 'externalBytes'> {
  return { heapUsedBytes: heap.usedBytes, heapTotalBytes: heap.totalBytes, externalBytes: heap.externalBytes }
}

function toLimit(
  source: MemoryLimitSource,
  path: string | undefined,
  limitBytes: number,
  usedBytes: number,
): MemoryLimit {
  return { source, path, limitBytes, usedBytes, usedRatio: usedBytes / limitBytes }
}

/** What cannot be given back at once: the kubelet takes away the same part before it judges. */
function workingSet(folder: string, version: 1 | 2, files: Files): number | undefined {
  const { usage, inactive } = NAMES[version]
  const bytes = toNumber(files.read(`${folder}/${usage}`))
  if (bytes === undefined) return
  return Math.max(0, bytes - (fieldOf(files.read(`${folder}/memory.stat`), inactive) ?? 0))
}

/** The limits on the way up: of several, none is sure to be the nearest, as each counts what is below it. */
function limitsOf({ version, folders }: GroupPath, files: Files): readonly GroupLimit[] {
  const limits: GroupLimit[] = []
  function add(source: GroupLimit['source'], folder: string, name: string): void {
    const path = `${folder}/${name}`
    const limitBytes = toNumber(files.read(path))
    // A limit of zero is one that is being set up.
    if (limitBytes !== undefined && limitBytes > 0 && limitBytes < NO_LIMIT_BYTES)
      limits.push({ source, path, folder, limitBytes })
  }
  for (const folder of folders) {
    add('cgroup', folder, version === 1 ? 'memory.limit_in_bytes' : 'memory.max')
    if (version === 2) add('cgroup-high', folder, 'memory.high')
  }
  const [own] = folders
  if (version === 1 && own !== undefined) addHidden(limits, own, files)
  return limits
}

/** Version 1 also tells the tightest limit above, where its folder cannot be seen. What is used of it is not told, but more than here. */
function addHidden(limits: GroupLimit[], own: string, files: Files): void {
  const path = `${own}/memory.stat`
  const limitBytes = fieldOf(files.read(path), 'hierarchical_memory_limit')
  if (limitBytes === undefined || limitBytes <= 0 || limitBytes >= NO_LIMIT_BYTES) return
  if (limits.every((limit) => limit.limitBytes > limitBytes))
    limits.push({ source: 'cgroup', path, folder: own, limitBytes })
}
