import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { DrainOptions } from './drain.ts'

/**
 * A whole GOAWAY frame (RFC 9113, 6.8): 8 bytes of type 7 on stream 0; the highest stream there can be, and no error. It refuses
 * nothing, and asks for nothing new.
 */
const NOTICE = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0])

/**
 * A connection of HTTP/2. Its end answers streams that are open, and those on their way as far as Node lets them in.
 *
 * The RFC's way is a first GOAWAY that refuses nothing, a round trip in which what is on its way comes in, and then the GOAWAY that
 * counts. But once nghttp2 has sent any GOAWAY it ignores new streams, and Node has no door to the notice that it has for this. So
 * the notice is written past it. That cannot be done under TLS, where Node allows one writer only: there a moment is waited for in
 * which nothing is open and nothing comes for a round trip. A client that never pauses gets REFUSED_STREAM for what it sent in the
 * last round trip, which says that nothing was done and that it is safe to send it again (8.7).
 */
export class Http2Connection {
  /** Streams that are not wholly answered. */
  open = 0
  readonly #session: ServerHttp2Session
  /** If it is not encrypted. */
  readonly #socket: Socket | undefined
  readonly #onAnswered: () => void
  #begun = 0
  #isClosing = false

  /**
   * @param session Its session.
   * @param socket What it goes over, if that is not encrypted.
   * @param onAnswered Hears of each stream that was answered wholly.
   */
  constructor(session: ServerHttp2Session, socket: Socket | undefined, onAnswered: () => void) {
    this.#session = session
    this.#socket = socket
    this.#onAnswered = onAnswered
    session.on('stream', (stream: ServerHttp2Stream) => this.#onStream(stream))
  }

  /** Ends it, within twice the time to linger if the client takes part. */
  end({ clock, lingerMs }: DrainOptions): void {
    if (this.#isOver) return
    const stop = clock.after(lingerMs, () => this.#close())
    this.#session.once('close', stop)
    if (this.#socket === undefined) {
      this.#isClosing = true
      this.#closeInPause()
    } else {
      this.#socket.write(NOTICE)
      this.#afterRoundTrip(() => this.#close())
    }
  }

  /** Cuts it. */
  cut(): void {
    this.#session.destroy()
  }

  #onStream(stream: ServerHttp2Stream): void {
    this.open++
    this.#begun++
    stream.once('close', () => {
      this.open--
      if (stream.writableFinished) this.#onAnswered()
      if (this.#isClosing) this.#closeInPause()
    })
  }

  /** Closes it if nothing is open, and nothing begins while a ping goes there and back. */
  #closeInPause(): void {
    if (this.open > 0) return
    const begun = this.#begun
    this.#afterRoundTrip(() => {
      if (this.open === 0 && this.#begun === begun) this.#close()
    })
  }

  /** What cannot be asked, as there are too many questions already, is left to the time limit. */
  #afterRoundTrip(run: () => void): void {
    if (!this.#isOver) this.#session.ping(() => run())
  }

  #close(): void {
    if (!this.#isOver) this.#session.close()
  }

  get #isOver(): boolean {
    return this.#session.closed || this.#session.destroyed
  }
}
