import type { HealthReport, HealthStatus } from '../../report.ts'

/** How an answer is written down. */
export interface Format {
  /** The media type. */
  readonly type: string
  /**
   * Only how it is.
   *
   * @param status How.
   * @param isUp Whether it is answered as well.
   */
  brief(status: HealthStatus, isUp: boolean): string
  /**
   * All that is known.
   *
   * @param report What.
   * @param isUp Whether it is answered as well.
   */
  full(report: HealthReport, isUp: boolean): string
}

/** Unix milliseconds as text; nothing if there are none. */
export function toIso(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString()
}
