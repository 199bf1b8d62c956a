import { connect } from 'node:net'
import { nonEmptyString } from '@breakwater/core'
import type { CheckResult } from '../check/options.ts'
import type { ReadyCheck } from './ready-check.ts'

/** Options of {@link tcpCheck}. */
export interface TcpCheckOptions {
  /**
   * Which host.
   *
   * @defaultValue `'127.0.0.1'`
   */
  readonly host?: string | undefined
  /** Which port, from 1 to 65535. */
  readonly port: number
}

/**
 * Makes a check that connects to a port, and hangs up.
 *
 * @param options Where to.
 * @throws {TypeError | RangeError} If an option is wrong.
 */
export function tcpCheck({ host = '127.0.0.1', port }: TcpCheckOptions): ReadyCheck {
  nonEmptyString('host', host)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new RangeError(`Expected \`port\` to be a port from 1 to 65535, got ${String(port)}`)
  return ({ signal }) =>
    new Promise<CheckResult>((resolve, reject) => {
      const socket = connect({ host, port, signal })
      socket.once('error', reject)
      socket.once('connect', () => {
        // Not to leave whoever listens there with half of a connection.
        socket.destroy()
        resolve({ status: 'healthy' })
      })
    })
}
