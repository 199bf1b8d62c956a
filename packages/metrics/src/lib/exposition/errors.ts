import { OperationalError } from '@breakwater/core'

/** What a scrape says of a collector that it no longer waits for. */
export class CollectTimeoutError extends OperationalError {
  /** Also when minified. */
  override readonly name: 'CollectTimeoutError' = 'CollectTimeoutError'
  /** Compare this one. */
  override readonly code: 'ERR_COLLECT_TIMEOUT' = 'ERR_COLLECT_TIMEOUT'

  /**
   * @param collector Its name.
   * @param timeoutMs How long it was waited for.
   */
  constructor(collector: string, timeoutMs: number) {
    super(`Cannot collect "${collector}" as it took over ${timeoutMs} ms: its lines are left out`)
  }
}
