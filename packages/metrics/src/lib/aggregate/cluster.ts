import cluster, { type Worker } from 'node:cluster'
import type { ScrapeSource } from '../exposition/scrape.ts'
import { answer, createHub, FAREWELL, type Peer, sendPart } from './hub.ts'
import { type Aggregate, type AggregateOptions, resolveOptions, toAggregate } from './options.ts'

/**
 * Answers for all workers of a `node:cluster`. Call it in the primary, and {@link answerCluster} in each worker.
 *
 * @param options What is waited for, and how gauges become one.
 * @throws {Error} In a worker.
 */
export function createClusterAggregate(options: AggregateOptions = {}): Aggregate {
  if (!cluster.isPrimary)
    throw new Error('Cannot add up workers as this is one: call `createClusterAggregate` in the primary')
  const peers = new Map<Worker, Peer>()
  const resolved = resolveOptions(options)
  const hub = createHub({ ...resolved, peers: present })
  const onMessage = (worker: Worker, message: unknown): void => hub.hear(peerOf(worker), message)
  const onGone = (worker: Worker): void => {
    const peer = peers.get(worker)
    if (peer === undefined) return
    peers.delete(worker)
    hub.lose(peer)
  }
  cluster.on('message', onMessage)
  cluster.on('exit', onGone)
  return toAggregate(hub, resolved, () => {
    cluster.off('message', onMessage)
    cluster.off('exit', onGone)
  })

  function present(): readonly Peer[] {
    const connected = Object.values(cluster.workers ?? {}).filter((worker) => worker?.isConnected() === true)
    return connected.map((worker) => peerOf(worker as Worker))
  }

  function peerOf(worker: Worker): Peer {
    let peer = peers.get(worker)
    if (peer === undefined) {
      // A worker that goes meanwhile cannot be sent to: its exit is heard.
      peer = { name: `worker ${worker.id}`, send: (message) => void worker.send(message as object, () => {}) }
      peers.set(worker, peer)
    }
    return peer
  }
}

/** Answers the primary for this worker. */
export interface Answering {
  /** Sends the last numbers, and answers no more. Call it last. */
  close(): Promise<void>
}

/**
 * Lets the primary ask this worker. Does nothing in a process that is no worker.
 *
 * @param source What this worker has.
 */
export function answerCluster(source: ScrapeSource): Answering {
  const onMessage = (message: unknown): void => void answer(source, message, send)
  process.on('message', onMessage)
  return {
    async close() {
      process.off('message', onMessage)
      await sendPart(source, FAREWELL, send)
      // What was sent is on its way once an empty message is.
      if (process.connected)
        await new Promise<void>((resolve) => process.send?.({}, undefined, undefined, () => resolve()))
    },
  }

  function send(message: object): void {
    if (process.connected) process.send?.(message, undefined, undefined, () => {})
  }
}
