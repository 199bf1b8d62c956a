const FIN_TEXT = 0x81
const RSV1 = 0x40
/** Lengths from here on do not fit into the first byte that holds one, or into two. */
const TWO_BYTES_FROM = 126
const EIGHT_BYTES_FROM = 65_536

/**
 * Makes a frame that is a whole text message of a server: these have no mask, so it is the same for everybody.
 *
 * @param payload What is in it.
 * @param isDeflated Whether that is compressed.
 * @see RFC 6455, section 5.2, and RFC 7692, section 6.
 */
export function toTextFrame(payload: Uint8Array, isDeflated: boolean): Buffer {
  const { length } = payload
  const headLength = headLengthOf(length)
  const frame = Buffer.allocUnsafe(headLength + length)
  frame[0] = isDeflated ? FIN_TEXT | RSV1 : FIN_TEXT
  if (headLength === 2) frame[1] = length
  else if (headLength === 4) {
    frame[1] = TWO_BYTES_FROM
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = TWO_BYTES_FROM + 1
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.set(payload, headLength)
  return frame
}

/**
 * How many bytes stand before the payload.
 *
 * @param length How long the payload is.
 */
export function headLengthOf(length: number): number {
  if (length < TWO_BYTES_FROM) return 2
  return length < EIGHT_BYTES_FROM ? 4 : 10
}
