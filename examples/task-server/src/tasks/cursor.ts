import { crc32 } from 'node:zlib'

const FORMAT = 1
/** Format, id, checksum. */
const LENGTH = 1 + 16 + 4

/**
 * Says where a page ended: with this task, which may be gone when the next page is asked for.
 *
 * @param id Id of the last task of the page.
 * @returns Text that is safe in a URL. What is in it is nobody else's business, and may change.
 */
export function toCursor(id: string): string {
  const bytes = Buffer.alloc(LENGTH)
  bytes.writeUInt8(FORMAT)
  bytes.write(id.replaceAll('-', ''), 1, 'hex')
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), LENGTH - 4)
  return bytes.toString('base64url')
}

/**
 * Reads a cursor.
 *
 * It needs no signature: whoever makes one up gets a page of what they may list anyway. The checksum finds one that
 * was cut or mistyped, which would otherwise skip tasks silently.
 *
 * @param cursor What the client sent.
 * @returns The id of the last task of the page before, or `undefined` if this is no cursor.
 */
export function fromCursor(cursor: string): string | undefined {
  const bytes = Buffer.from(cursor, 'base64url')
  if (bytes.length !== LENGTH || bytes.toString('base64url') !== cursor || bytes[0] !== FORMAT) return undefined
  if (bytes.readUInt32BE(LENGTH - 4) !== crc32(bytes.subarray(0, -4))) return undefined
  return bytes.toString('hex', 1, 17).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
