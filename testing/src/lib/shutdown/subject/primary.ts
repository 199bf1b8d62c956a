import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import type { Ports } from './contract.ts'

/**
 * Starts the workers of a cluster, which share their ports.
 *
 * @returns Where they listen, once all of them do.
 */
export async function startWorkers(count: number): Promise<Ports> {
  // A worker writes to the primary's stdout: its stages would be taken for the primary's.
  cluster.setupPrimary({ silent: true })
  const all = Array.from({ length: count }, async () => {
    const worker = cluster.fork()
    worker.process.stderr?.pipe(process.stderr)
    worker.process.stdout?.resume()
    const [message] = (await once(worker, 'message')) as [{ readonly ready: Ports }]
    return message.ready
  })
  const [ports = {}] = await Promise.all(all)
  return ports
}

/** Passes the signal on, and waits until every worker is gone. */
export async function endWorkers(): Promise<void> {
  const workers = Object.values(cluster.workers ?? {}).filter((worker): worker is Worker => worker !== undefined)
  await Promise.all(
    workers.map(async (worker) => {
      if (worker.isDead()) return
      const gone = once(worker, 'exit')
      worker.process.kill('SIGTERM')
      await gone
    }),
  )
}
