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

/** The second half of a position: below 2^53, so that two histories do not have the same position. */
export function randomPart(random: () => number): string {
  return String(Math.floor(random() * 2 ** 53))
}

/** Names an incarnation of the shared state. */
export function randomIncarnation(): string {
  return randomBytes(8).toString('hex')
}
