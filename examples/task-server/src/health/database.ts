import { setTimeout as sleep } from 'node:timers/promises'
import type { HealthCheck, RecoveryContext } from '@breakwater/health'
import { isCircuitOpenError } from '@breakwater/resilience'
import type { Statement } from '../database/database.ts'
import type { GuardedDatabase } from '../database/guarded.ts'

const PING: Statement = { name: 'ping', text: 'select 1', isRepeatable: true }

/**
 * Makes a check that asks the database, like everybody else does. So it does not ask one that is known to be away, and where nobody
 * else asks, it is the one that finds out when it is back.
 *
 * @param database The database.
 */
export function createDatabaseCheck(database: GuardedDatabase): HealthCheck {
  const { circuit } = database
  return async ({ signal }) => {
    try {
      await database.query(PING, [], { signal })
      return { status: 'healthy', data: { circuit: circuit.state } }
    } catch (error) {
      // That it is not asked is known; why, is of interest.
      const cause = isCircuitOpenError(error) ? (circuit.explain().latestError ?? error) : error
      return { status: 'unhealthy', cause, data: { circuit: circuit.state } }
    }
  }
}

/**
 * Makes what is done about a database that is away: new connections, as those that it had may lead nowhere, such as after it has
 * moved. Then it waits until the circuit breaker lets somebody find out.
 *
 * Not for one that answers others: it has much to do, and more connections are no help.
 *
 * @param database The database.
 */
export function renewDatabase({ renew, circuit }: GuardedDatabase): (context: RecoveryContext) => Promise<void> {
  return async ({ signal }) => {
    if (circuit.state === 'closed') return
    renew?.()
    // Timers count whole milliseconds, and may be up to one early.
    await sleep(Math.ceil(circuit.explain().retryAfterMs) + 1, undefined, { signal, ref: false })
  }
}
