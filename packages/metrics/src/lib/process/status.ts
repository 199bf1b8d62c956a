import type { ProcessFiles } from './files.ts'

/** Memory of the process as Linux tells it, in bytes. */
export interface MemoryReading {
  /** Held in memory. */
  readonly resident: number | undefined
  /** Mapped. */
  readonly virtual: number | undefined
  /** Data segments. */
  readonly data: number | undefined
}

/** @returns `undefined` where there is no such file. */
export function readMemory(files: ProcessFiles): MemoryReading | undefined {
  const text = files.read('/proc/self/status')
  if (text === undefined) return
  const bytesOf = (name: string): number | undefined => {
    const [, kilobytes] = new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(text) ?? []
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024
  }
  return { resident: bytesOf('VmRSS'), virtual: bytesOf('VmSize'), data: bytesOf('VmData') }
}

/** @returns How many file descriptors may be open; `undefined` where there is no limit, or no such file. */
export function readMaxFds(files: ProcessFiles): number | undefined {
  const [, limit] = /^Max open files\s+(\d+)/m.exec(files.read('/proc/self/limits') ?? '') ?? []
  return limit === undefined ? undefined : Number(limit)
}
