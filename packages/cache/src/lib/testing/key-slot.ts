import { RedisReplyError } from './redis-values.ts'

/** How many hash slots a Redis Cluster has. */
export const SLOTS = 16_384

/**
 * The hash slot of a key: that of what stands between its first `{` and the next `}`, if that is not empty.
 *
 * @param key As bytes.
 * @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags
 */
export function keySlot(key: string): number {
  const open = key.indexOf('{')
  const close = open === -1 ? -1 : key.indexOf('}', open + 1)
  return crc16(close > open + 1 ? key.slice(open + 1, close) : key) % SLOTS
}

/**
 * Refuses keys of several slots.
 *
 * @param keys As bytes.
 * @throws {RedisReplyError} What a cluster answers.
 */
export function checkSlots(keys: readonly string[]): void {
  if (new Set(keys.map(keySlot)).size > 1) {
    throw new RedisReplyError("CROSSSLOT Keys in request don't hash to the same slot")
  }
}

/** CRC-16 of XMODEM: polynomial 0x1021, from 0. */
function crc16(bytes: string): number {
  let crc = 0
  for (let index = 0; index < bytes.length; index++) {
    crc ^= bytes.charCodeAt(index) << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  return crc
}
