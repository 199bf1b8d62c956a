/** Where a client goes. */
export interface Endpoint {
  /** A port of 127.0.0.1. */
  readonly port: number
  /** The authority that its certificate is from. `undefined`: no TLS. */
  readonly ca: string | undefined
  /** Aborts when the process at the other end is gone. */
  readonly over?: AbortSignal | undefined
  /**
   * Whether the connection from this port of ours, which somebody in between accepted, was refused behind that: what was
   * sent on it never reached the subject.
   */
  wasRefused(localPort: number | undefined): boolean
}
