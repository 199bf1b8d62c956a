/** Name of the `node:diagnostics_channel` on which every logger and destination publishes its events. */
export const LOGGER_CHANNEL = 'breakwater:logger'

/** What a logger tells. What its destination tells is told by the destination. */
export type LoggerEvent = SecuritySuspected

/** What somebody does looks like an attack. Told once in a while for each kind and client. */
export interface SecuritySuspected {
  /** The kind of event. */
  readonly type: 'security:suspected'
  /** What was seen, such as `auth-burst`. */
  readonly kind: string
  /** How often, in `windowMs`. */
  readonly count: number
  /** Milliseconds in which that was. */
  readonly windowMs: number
  /** Who, if `requests.client` tells. */
  readonly client: string | undefined
}
