import type { Groups } from './cgroup.ts'
import type { Files } from './files.ts'
import type { Host } from './host.ts'
import { fieldOf, toNumber } from './numbers.ts'

/** What limits CPU time. `cgroup`: the container's quota. `cpus`: the CPUs that the process may run on. */
export type CpuLimitSource = 'cgroup' | 'cpus'

/** The CPU time of the process over the last interval. */
export interface CpuReading {
  /** CPUs that the process kept busy, such as 1.5; `undefined` in the first interval. */
  readonly usedCores: number | undefined
  /** CPUs that it may keep busy. */
  readonly limitCores: number
  /** What limits. */
  readonly limitSource: CpuLimitSource
  /**
   * Used over limit. If others in the same control group use its quota as well, this is the quota's use, as all of them are held back
   * together. `undefined` in the first interval.
   */
  readonly usedRatio: number | undefined
  /** How often the control groups were held back, as their quota was used up. Grows from 0. */
  readonly throttledPeriods: number
  /** Seconds for which CPUs were held back. Grows from 0. */
  readonly throttledSeconds: number
}

interface Quota {
  readonly folder: string
  /** Where its use is told; `undefined` if it is not. */
  readonly usageFolder: string | undefined
  readonly cores: number
}

/** Counters at the last reading. */
interface QuotaState {
  usageSeconds: number | undefined
  throttledPeriods: number
  throttledSeconds: number
}

/** The least interval that says anything: the kernel counts CPU time in ticks of up to 10 ms. */
const LEAST_SECONDS = 0.05

/** Reads how much CPU time is used, of how much. Quotas are looked for once in a while, as they may change. */
export class CpuReader {
  readonly #host: Host
  #version: 1 | 2 = 2
  #quotas: readonly Quota[] = []
  #cpus: number
  #lastAt: number | undefined
  #lastSeconds = 0
  #states = new Map<string, QuotaState>()
  #usedCores: number | undefined
  #usedRatio: number | undefined
  #throttledPeriods = 0
  #throttledSeconds = 0

  /** @param host Where numbers come from. */
  constructor(host: Host) {
    this.#host = host
    this.#cpus = cpusOf(host)
  }

  /**
   * Looks for quotas, and for the CPUs that may be used.
   *
   * @param groups The control groups of this process.
   */
  refresh(groups: Groups): void {
    this.#cpus = cpusOf(this.#host)
    this.#version = groups.cpu?.version ?? 2
    this.#quotas = quotasOf(groups, this.#host.files)
    const folders = new Set(this.#quotas.map(({ folder }) => folder))
    for (const folder of this.#states.keys()) if (!folders.has(folder)) this.#states.delete(folder)
  }

  /**
   * What was used since the last call.
   *
   * @param nowSeconds The time, on a clock that is never set.
   */
  read(nowSeconds: number): CpuReading {
    const tightest = Math.min(...this.#quotas.map(({ cores }) => cores))
    const limitCores = Math.min(this.#cpus, tightest)
    const elapsed = this.#lastAt === undefined ? undefined : nowSeconds - this.#lastAt
    if (elapsed === undefined || elapsed >= LEAST_SECONDS) {
      const seconds = this.#host.cpuSeconds()
      const ratios = this.#quotas.map((quota) => this.#follow(quota, elapsed))
      if (elapsed !== undefined) {
        this.#usedCores = (seconds - this.#lastSeconds) / elapsed
        this.#usedRatio = Math.max(this.#usedCores / limitCores, ...ratios)
      }
      this.#lastAt = nowSeconds
      this.#lastSeconds = seconds
    }
    return {
      usedCores: this.#usedCores,
      limitCores,
      limitSource: tightest < this.#cpus ? 'cgroup' : 'cpus',
      usedRatio: this.#usedRatio,
      throttledPeriods: this.#throttledPeriods,
      throttledSeconds: this.#throttledSeconds,
    }
  }

  /** Adds what a control group was held back, and returns how much of its quota was used. */
  #follow({ folder, usageFolder, cores }: Quota, elapsed: number | undefined): number {
    const { files } = this.#host
    const stat = files.read(`${folder}/cpu.stat`)
    const now: QuotaState = {
      usageSeconds: usageOf(this.#version, stat, usageFolder, files),
      throttledPeriods: fieldOf(stat, 'nr_throttled') ?? 0,
      throttledSeconds:
        this.#version === 1
          ? (fieldOf(stat, 'throttled_time') ?? 0) / 1e9
          : (fieldOf(stat, 'throttled_usec') ?? 0) / 1e6,
    }
    const before = this.#states.get(folder)
    this.#states.set(folder, now)
    if (before === undefined || elapsed === undefined) return 0
    this.#throttledPeriods += Math.max(0, now.throttledPeriods - before.throttledPeriods)
    this.#throttledSeconds += Math.max(0, now.throttledSeconds - before.throttledSeconds)
    if (now.usageSeconds === undefined || before.usageSeconds === undefined) return 0
    return (now.usageSeconds - before.usageSeconds) / elapsed / cores
  }
}

/** CPU time that a control group used, in seconds. */
function usageOf(
  version: 1 | 2,
  stat: string | undefined,
  usageFolder: string | undefined,
  files: Files,
): number | undefined {
  if (version === 2) {
    const micros = fieldOf(stat, 'usage_usec')
    return micros === undefined ? undefined : micros / 1e6
  }
  const nanos = usageFolder === undefined ? undefined : toNumber(files.read(`${usageFolder}/cpuacct.usage`))
  return nanos === undefined ? undefined : nanos / 1e9
}

function quotasOf({ cpu, cpuacct }: Groups, files: Files): readonly Quota[] {
  if (cpu === undefined) return []
  return cpu.folders.flatMap((folder, index) => {
    const cores = cpu.version === 1 ? quota1(folder, files) : quota2(folder, files)
    if (cores === undefined) return []
    // The same group in both hierarchies, if they have the same shape.
    const usageFolder = cpuacct?.folders.length === cpu.folders.length ? cpuacct.folders[index] : undefined
    return [{ folder, usageFolder, cores }]
  })
}

function quota1(folder: string, files: Files): number | undefined {
  const quota = toNumber(files.read(`${folder}/cpu.cfs_quota_us`))
  return toCores(quota, toNumber(files.read(`${folder}/cpu.cfs_period_us`)))
}

/** A line such as `50000 100000`, or `max 100000`. */
function quota2(folder: string, files: Files): number | undefined {
  const [quota, period] = (files.read(`${folder}/cpu.max`) ?? '').trim().split(' ')
  return toCores(toNumber(quota), toNumber(period))
}

/** Version 1 has -1 for none. */
function toCores(quota: number | undefined, period: number | undefined): number | undefined {
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : undefined
}

/**
 * CPUs that the process may run on, of which a quota is no part. Node's own answer mixes in the quota, rounded down, and weights.
 */
function cpusOf(host: Host): number {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(host.files.read('/proc/self/status') ?? '')?.[1]
  return countCpus(list) ?? host.cpus()
}

/** Counts a list such as `0-3,8`. */
function countCpus(list: string | undefined): number | undefined {
  let count = 0
  for (const range of list?.split(',') ?? []) {
    const [first, last = first] = range.split('-').map(Number)
    count += (last as number) - (first as number) + 1
  }
  return count > 0 ? count : undefined
}
