import { constants, deflateRawSync } from 'node:zlib'
import { headLengthOf, toTextFrame } from './frame.ts'

/** From so many bytes on, compressing saves more than it costs. */
const DEFLATE_FROM_BYTES = 1_024
const DEFLATE = { level: 3, memLevel: 7, chunkSize: 1_024, finishFlush: constants.Z_SYNC_FLUSH }
/** What a sync flush ends with is left out. See RFC 7692, section 7.2.1. */
const TAIL_BYTES = 4

/**
 * A message that any number of clients may be sent: it is put into bytes once, and compressed once, as each message is compressed by
 * itself (`server_no_context_takeover`). Otherwise each connection would compress for itself, and hold some 200 KB for that.
 */
export class SharedMessage {
  /** The text, as bytes. */
  readonly text: Buffer
  readonly #plain: Buffer
  #deflated: Buffer | undefined

  /** @param json The text. */
  constructor(json: string) {
    const bytes = Buffer.from(json)
    this.#plain = toTextFrame(bytes, false)
    this.text = this.#plain.subarray(headLengthOf(bytes.length))
  }

  /**
   * What goes over the wire.
   *
   * @param canInflate Whether the client takes what is compressed.
   */
  frame(canInflate: boolean): Buffer {
    if (!canInflate || this.text.length < DEFLATE_FROM_BYTES) return this.#plain
    this.#deflated ??= this.#deflate()
    return this.#deflated
  }

  #deflate(): Buffer {
    const frame = toTextFrame(deflateRawSync(this.text, DEFLATE).subarray(0, -TAIL_BYTES), true)
    return frame.length < this.#plain.length ? frame : this.#plain
  }
}
