import type { Socket } from 'node:net'
import { WebSocket } from 'ws'

/**
 * A WebSocket that also sends frames that were made before, for all clients at once: `ws` makes one, and compresses it, for each.
 * It still does everything else.
 *
 * Its own compression is not used, and so nothing of it ever waits: what is written here keeps its place among pings and the like.
 */
export class LiveSocket extends WebSocket {
  /** The connection under it. Set when it is open. */
  transport: Socket | undefined = undefined

  /**
   * Sends a message. One that is not open any more drops it.
   *
   * @param data The message, which who counts looks at.
   * @param options Its `frame`, if there is one.
   * @param callback As of `ws`. Not called for a frame.
   */
  override send(data: unknown, options?: unknown, callback?: unknown): void {
    const { frame } = Object(options) as { readonly frame?: Buffer }
    if (frame === undefined || this.transport === undefined)
      return super.send(data as Buffer, options as { binary: boolean }, callback as () => void)
    if (this.readyState === WebSocket.OPEN) this.transport.write(frame)
  }
}
