import { parentPort } from 'node:worker_threads'
import type { ScrapeSource } from '../exposition/scrape.ts'
import type { Answering } from './cluster.ts'
import { answer, createHub, FAREWELL, type Peer, sendPart } from './hub.ts'
import { type Aggregate, type AggregateOptions, resolveOptions, toAggregate } from './options.ts'

/** The part of a `Worker` or a `MessagePort` of `node:worker_threads` that is used. */
export interface ThreadPort {
  /**
   * Sends a message.
   *
   * @param message What can be cloned.
   */
  postMessage(message: unknown): void
  /**
   * Listens.
   *
   * @param event Such as `message`.
   * @param listener Called with each.
   */
  on(event: string, listener: (message: unknown) => void): unknown
  /**
   * Listens no more.
   *
   * @param event Such as `message`.
   * @param listener What was called.
   */
  off(event: string, listener: (message: unknown) => void): unknown
}

/** The numbers of many threads as one. */
export interface ThreadAggregate extends Aggregate {
  /**
   * Asks a thread, too, until it ends.
   *
   * @param port The `Worker`, or one end of a `MessageChannel` whose other end the thread has.
   */
  add(port: ThreadPort): void
}

/**
 * Answers for many threads. Call it in the thread that is scraped, and {@link answerThread} in each other one.
 *
 * @param options What is waited for, and how gauges become one.
 */
export function createThreadAggregate(options: AggregateOptions = {}): ThreadAggregate {
  const peers = new Map<ThreadPort, { readonly peer: Peer; readonly stop: () => void }>()
  const resolved = resolveOptions(options)
  const hub = createHub({ ...resolved, peers: () => [...peers.values()].map(({ peer }) => peer) })
  let added = 0

  return {
    ...toAggregate(hub, resolved, () => {
      for (const { stop } of peers.values()) stop()
      peers.clear()
    }),
    add(port) {
      if (peers.has(port)) return
      const peer: Peer = { name: `thread ${++added}`, send: (message) => port.postMessage(message) }
      const onMessage = (message: unknown): void => hub.hear(peer, message)
      // A `Worker` exits, a port closes.
      const onGone = (): void => {
        stop()
        peers.delete(port)
        hub.lose(peer)
      }
      const stop = (): void => {
        port.off('message', onMessage)
        port.off('exit', onGone)
        port.off('close', onGone)
      }
      port.on('message', onMessage)
      port.on('exit', onGone)
      port.on('close', onGone)
      peers.set(port, { peer, stop })
    },
  }
}

/**
 * Lets another thread ask this one.
 *
 * @param source What this thread has.
 * @param port Where it asks.
 * @throws {TypeError} If this is the main thread and no port is given.
 */
export function answerThread(source: ScrapeSource, port: ThreadPort | null = parentPort): Answering {
  if (port === null) throw new TypeError('Expected `port` to be a MessagePort, as this is the main thread, got null')
  const there = port
  const send = (message: unknown): void => there.postMessage(message)
  const onMessage = (message: unknown): void => void answer(source, message, send)
  there.on('message', onMessage)
  return {
    async close() {
      there.off('message', onMessage)
      await sendPart(source, FAREWELL, send)
    },
  }
}
