/** Name of the `node:diagnostics_channel` on which this package publishes its events. */
export const EXPRESS_CHANNEL = 'breakwater:express'

/** What a listener tells. */
export type ListenerEvent = {
  /** A handler or an endpoint threw. The client got a 500, or a response cut short if its head was out. */
  readonly type: 'handler:failed'
  /** What it threw. */
  readonly error: unknown
}
