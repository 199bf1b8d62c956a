import { statfs } from 'node:fs/promises'
import { nonEmptyString, nonNegativeInteger, ratio } from '@breakwater/core'
import type { CheckResult } from '../check/options.ts'
import type { ReadyCheck } from './ready-check.ts'

/** Options of {@link diskCheck}. */
export interface DiskCheckOptions {
  /** A file or folder on the disk. */
  readonly path: string
  /**
   * Share of the disk that has to be free, between 0 and 1.
   *
   * @defaultValue `0.1`, our choice: a tenth
   */
  readonly minFreeRatio?: number | undefined
  /**
   * Bytes that have to be free as well.
   *
   * @defaultValue `0`
   */
  readonly minFreeBytes?: number | undefined
  /**
   * Share of the disk below which it is degraded, at least `minFreeRatio`.
   *
   * @defaultValue that of `minFreeRatio`: it is never degraded
   */
  readonly warnFreeRatio?: number | undefined
}

/**
 * Makes a check that looks how much room is left on a disk, for who is not root.
 *
 * @param options Which disk, and how much.
 * @throws {TypeError | RangeError} If an option is wrong.
 */
export function diskCheck({
  path,
  minFreeRatio = 0.1,
  minFreeBytes = 0,
  warnFreeRatio = minFreeRatio,
}: DiskCheckOptions): ReadyCheck {
  nonEmptyString('path', path)
  nonNegativeInteger('minFreeBytes', minFreeBytes)
  if (ratio('warnFreeRatio', warnFreeRatio) < ratio('minFreeRatio', minFreeRatio))
    throw new RangeError(
      `Expected \`warnFreeRatio\` to be at least \`minFreeRatio\`, got ${warnFreeRatio} and ${minFreeRatio}`,
    )
  return async () => {
    const { bavail, blocks, bsize } = await statfs(path)
    const [freeBytes, totalBytes] = [bavail * bsize, blocks * bsize]
    // Some file systems that are no disk have no size.
    const freeRatio = totalBytes === 0 ? 1 : freeBytes / totalBytes
    return judge({ freeBytes, totalBytes, freeRatio })
  }

  function judge(data: { freeBytes: number; totalBytes: number; freeRatio: number }): CheckResult {
    const left = `${path} has ${data.freeBytes} bytes left, ${(100 * data.freeRatio).toFixed(1)} % of it`
    if (data.freeRatio < minFreeRatio || data.freeBytes < minFreeBytes)
      return { status: 'unhealthy', data, cause: left }
    return data.freeRatio < warnFreeRatio ? { status: 'degraded', data, cause: left } : { status: 'healthy', data }
  }
}
