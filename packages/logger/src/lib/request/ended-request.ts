/** How loud a line is. */
export type Loudness = 'info' | 'warn' | 'error'

/** What became of a request, whether it came over HTTP or not. */
export interface EndedRequest {
  /** How it ended. */
  readonly outcome: 'finished' | 'aborted' | 'failed'
  /** How long it took, in milliseconds. */
  readonly durationMs: number
  /** Its status, if it has one that is like those of HTTP. */
  readonly status?: number | undefined
}
