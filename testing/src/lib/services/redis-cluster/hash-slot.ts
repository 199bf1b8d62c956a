/** How many slots a cluster has. */
export const SLOTS = 16_384

const POLYNOMIAL = 0x1021

/**
 * The slot of a key: CRC-16 (XMODEM) of what is in its first pair of braces if that is not empty, else of all of it.
 *
 * @param key The key.
 * @returns From 0 to 16,383.
 * @see Redis Cluster specification, "Key distribution model" and "Hash tags".
 */
export function slotOf(key: string): number {
  const bytes = Buffer.from(key)
  const open = bytes.indexOf('{')
  const close = open === -1 ? -1 : bytes.indexOf('}', open)
  let crc = 0
  for (const byte of close > open + 1 ? bytes.subarray(open + 1, close) : bytes) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ POLYNOMIAL : crc << 1) & 0xffff
  }
  return crc % SLOTS
}
