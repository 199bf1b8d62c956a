import type { Socket } from 'node:net'
import type { Clock } from '@breakwater/core'
import { CLOSINGS, type Closing } from './close-codes.ts'
import type { Counts } from './counts.ts'
import type { LiveLimits } from './limits.ts'
import type { LiveSocket } from './live-socket.ts'
import { Outbox } from './outbox.ts'
import type { SharedMessage } from './shared-message.ts'
import type { SnapshotReader, Snapshots } from './snapshots.ts'
import { TokenBucket } from './token-bucket.ts'

/** What all senders share. */
export interface SenderParts {
  readonly limits: LiveLimits
  readonly clock: Clock
  readonly counts: Pick<Counts, 'send'>
  readonly snapshots: Pick<Snapshots, 'waitingBytes'>
  /** Bytes to all clients. */
  readonly bandwidth: TokenBucket
}

/** Where it is sent. */
export interface Recipient {
  readonly socket: LiveSocket
  /** The connection under it. */
  readonly transport: Socket
  /** Whether it takes what is compressed. */
  readonly canInflate: boolean
}

/** Hears of a sender. */
export interface SenderListener {
  /**
   * More waits than may.
   *
   * @param closing What the client is to be told.
   */
  onFull(closing: Closing): void
  /** Nothing waits any more. */
  onEmpty(): void
}

/** Sends to one client, in order, as fast as its connection and the bandwidth take it. */
export class Sender {
  readonly #recipient: Recipient
  readonly #parts: SenderParts
  readonly #listener: SenderListener
  readonly #outbox: Outbox
  readonly #bandwidth: TokenBucket
  #isClosed = false
  #stopWait: (() => void) | undefined

  /**
   * @param recipient Where it is sent.
   * @param parts What all senders share.
   * @param listener Hears of it.
   */
  constructor(recipient: Recipient, parts: SenderParts, listener: SenderListener) {
    const { limits, clock } = parts
    this.#recipient = recipient
    this.#parts = parts
    this.#listener = listener
    this.#outbox = new Outbox(recipient.canInflate)
    this.#bandwidth = new TokenBucket(limits.clientBytesPerSecond, limits.clientBurstBytes, clock)
    recipient.transport.on('drain', () => this.#pump())
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#outbox.messages === 0
  }

  /**
   * Sends a message after those that wait.
   *
   * @param message Which one.
   */
  send(message: SharedMessage | SnapshotReader): void {
    const { limits, snapshots } = this.#parts
    const outbox = this.#outbox
    if (this.#isClosed) return release(message)
    const isFull =
      outbox.messages >= limits.maxWaitingMessages ||
      outbox.bytes + this.#recipient.transport.writableLength > limits.maxWaitingBytes
    // Before anything that waits is made into messages.
    const isTooMuch = 'next' in message && snapshots.waitingBytes > limits.maxSnapshotBytes
    outbox.add(message)
    if (isFull) this.#listener.onFull(CLOSINGS.tooSlow)
    else if (isTooMuch) this.#listener.onFull(CLOSINGS.overloaded)
    else this.#pump()
  }

  /** Throws away what waits, and sends nothing any more. */
  close(): void {
    this.#isClosed = true
    this.#outbox.clear()
    this.#stopWait?.()
  }

  /** Sends what waits, as far as the connection and the bandwidth take it. */
  #pump(): void {
    if (this.#isClosed || this.#stopWait !== undefined) return
    const { bandwidth, counts, clock } = this.#parts
    const { socket, transport } = this.#recipient
    while (!transport.writableNeedDrain) {
      const waitMs = Math.max(this.#bandwidth.waitMs, bandwidth.waitMs)
      if (waitMs > 0 && !this.isEmpty) {
        this.#stopWait = clock.after(waitMs, () => {
          this.#stopWait = undefined
          this.#pump()
        })
        return
      }
      const next = this.#outbox.take()
      if (next === undefined) return this.#listener.onEmpty()
      const { message, frame } = next
      this.#bandwidth.take(frame.length)
      bandwidth.take(frame.length)
      counts.send(frame.length)
      socket.send(message.text, { binary: false, compress: false, frame })
    }
  }
}

function release(message: SharedMessage | SnapshotReader): void {
  if ('next' in message) message.release()
}
