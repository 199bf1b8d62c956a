import cluster from 'node:cluster'
import { createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Questions in a row without a new connection in between, after which nothing waits in the primary. */
const QUIET_ROUNDS = 2
/** With new connections all the time there is always one that waits. */
const MOST_ROUNDS = 200
/** A primary that hangs never answers, and hands over nothing. */
const LIMIT_MS = 2_000
/** What workers that were told at once are apart when they stop listening, on a busy machine. */
const APART_MS = 100

/**
 * Waits until connections that wait in the primary of a cluster have been handed to this worker. The last worker that stops
 * listening closes the primary's listener, and what waits there is reset: the more of it, the busier the primary is with its own
 * end.
 *
 * So the primary is asked something that it answers in turn: to listen where it does already, which fails. A connection that it
 * had before comes before the answer.
 *
 * @param server What listens, if that is in a worker of a cluster; else there is nothing to wait for.
 */
export async function untilHandedOver(server: Server): Promise<void> {
  const address = server.address()
  if (!cluster.worker?.isConnected() || address === null) return
  const where = typeof address === 'string' ? { path: address } : { host: address.address, port: address.port }
  let seen = 0
  const onConnection = (): void => void seen++
  server.on('connection', onConnection)
  let isLate = false
  // Not on the clock of the shutdown: it is another process that takes this time.
  const late = sleep(LIMIT_MS, undefined, { ref: false }).then(() => {
    isLate = true
  })
  let quiet = 0
  for (let round = 0; round < MOST_ROUNDS && quiet < QUIET_ROUNDS && !isLate; round++) {
    seen = 0
    await Promise.race([ask(where), late])
    quiet = seen === 0 ? quiet + 1 : 0
  }
  server.off('connection', onConnection)
}

/**
 * Waits, in a worker of a cluster, until the others have stopped listening as well: clients that are told that their connection
 * ends connect anew, and would come to a listener that is about to be closed. Nobody says when, so it is a while.
 */
export async function untilOthersStopped(): Promise<void> {
  if (cluster.isWorker) await sleep(APART_MS)
}

/** Resolves with the answer, whatever it is. Nothing calls it off: Node throws where a server is closed before. */
function ask(where: { readonly path: string } | { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve())
    probe.listen(where, () => {
      probe.close()
      resolve()
    })
  })
}
