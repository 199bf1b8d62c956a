/**
 * Bytes of a message: of a text in UTF-8, before compression, without frames around it.
 *
 * @param data As `ws` takes and gives it: a text, bytes of any type, several of them, a `Blob`, a number, or what
 * `Buffer.from` makes bytes of.
 */
export function bytesOf(data: unknown): number {
  if (typeof data === 'string') return Buffer.byteLength(data)
  if (typeof data === 'number') return String(data).length
  if (typeof data !== 'object' || data === null) return 0
  if (ArrayBuffer.isView(data)) return data.byteLength
  const { byteLength, size } = data as { readonly byteLength?: unknown; readonly size?: unknown }
  if (typeof byteLength === 'number') return byteLength
  if (typeof size === 'number') return size
  return Buffer.from(data as Uint8Array).length
}

/**
 * Bytes of a message that came in, which may be in parts.
 *
 * @param data As it is given to listeners.
 */
export function receivedBytesOf(data: unknown): number {
  return Array.isArray(data) ? data.reduce((sum: number, part) => sum + bytesOf(part), 0) : bytesOf(data)
}
