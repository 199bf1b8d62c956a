/**
 * How bytes were made, in one integer of 31 bits: whether they are encrypted, how they were compressed, what serialised
 * them. The last two are 15 bits each, made from their names: no list has to be kept, and plain JSON is `0`.
 */
export const FORMATS: number = 2 ** 31

const TAGS = 2 ** 15 - 1

/**
 * @param serializer Tag of the serializer.
 * @param compressor Tag of the compressor, `0` if it is not compressed.
 * @param encrypted Whether it is encrypted.
 */
export function formatOf(serializer: number, compressor: number, encrypted: boolean): number {
  return (serializer << 16) | (compressor << 1) | (encrypted ? 1 : 0)
}

/**
 * @param format A format.
 */
export function serializerOf(format: number): number {
  return format >>> 16
}

/**
 * @param format A format.
 */
export function compressorOf(format: number): number {
  return (format >>> 1) & TAGS
}

/**
 * @param format A format.
 */
export function isEncrypted(format: number): boolean {
  return (format & 1) === 1
}

/**
 * A number for a name: `0` for JSON, 1 to 32,767 for others.
 *
 * @param name Name of a serializer or a compressor.
 * @see FNV-1a by Glenn Fowler, Landon Curt Noll and Kiem-Phong Vo.
 */
export function tagOf(name: string): number {
  if (name === 'json') return 0
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193)
  return 1 + ((hash >>> 0) % TAGS)
}
