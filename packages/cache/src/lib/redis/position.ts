import { randomBytes } from 'node:crypto'
import type { Position } from '../shared/tier.ts'

/**
 * Reads the id of a log entry.
 *
 * @param id `<seq>-<rand>`, as Redis gives it.
 */
export function toPosition(id: string): Position {
  return { seq: Number(id.slice(0, id.indexOf('-'))), id }
}

/** The second half of a position: up to 2^53, so that two histories never have the same position. */
export function randomPart(): string {
  const bytes = randomBytes(8)
  return String((bytes.readUInt32LE(0) & 0x1fffff) * 2 ** 32 + bytes.readUInt32LE(4))
}

/** Names an incarnation of the shared state. */
export function randomIncarnation(): string {
  return randomBytes(8).toString('hex')
}
