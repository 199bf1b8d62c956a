import { hasCode, OperationalError } from '@breakwater/core'

/** Why no heap snapshot was written. Never thrown: it is told by `heap-snapshot:failed`. */
export class HeapSnapshotError extends OperationalError {
  /** Also when minified. */
  override readonly name: 'HeapSnapshotError' = 'HeapSnapshotError'
  /** Compare this one, see {@link isHeapSnapshotError}. */
  override readonly code: 'ERR_HEAP_SNAPSHOT' = 'ERR_HEAP_SNAPSHOT'

  /**
   * @param why What is wrong.
   * @param options The error behind it.
   */
  constructor(why: string, options?: ErrorOptions) {
    super(`Cannot write a heap snapshot as ${why}`)
    if (options !== undefined && 'cause' in options) this.cause = options.cause
  }
}

/** Whether `error` is a {@link HeapSnapshotError}, whichever copy of this package made it. */
export function isHeapSnapshotError(error: unknown): error is HeapSnapshotError {
  return hasCode(error, 'ERR_HEAP_SNAPSHOT')
}
