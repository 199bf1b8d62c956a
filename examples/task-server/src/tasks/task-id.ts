import { randomFillSync } from 'node:crypto'
import { type Clock, systemClock } from '@breakwater/core'

const LARGEST_COUNTER = 0xfff

/**
 * Creates the source of ids: UUIDs of version 7. They begin with their time, so that new rows come next to each other
 * in the index, and each is larger than the one before, also within a millisecond and when the clock goes back.
 *
 * @param clock Where time comes from.
 * @see RFC 9562, sections 5.7 and 6.2 (method 1).
 */
export function createTaskIds(clock: Clock = systemClock): () => string {
  const bytes = Buffer.alloc(16)
  let lastMs = 0
  let counter = 0
  return () => {
    randomFillSync(bytes)
    const nowMs = Math.floor(clock.epoch())
    if (nowMs > lastMs) {
      lastMs = nowMs
      // Begins in the lower half, to leave room for as many more in the same millisecond.
      counter = bytes.readUInt16BE(6) & (LARGEST_COUNTER >> 1)
    } else if (++counter > LARGEST_COUNTER) {
      lastMs++
      counter = 0
    }
    bytes.writeUIntBE(lastMs, 0, 6)
    bytes.writeUInt16BE(0x7000 | counter, 6)
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  }
}
