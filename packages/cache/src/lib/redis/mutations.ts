import type { History, Mutation } from '../shared/tier.ts'
import { toPosition } from './position.ts'

/** An entry of the log, as Redis gives it: its id, and its fields with their values. */
export type LogEntry = readonly [id: string, fields: readonly string[]]

/**
 * Reads an entry of the log.
 *
 * @param entry The entry.
 * @returns What it tells of, or `undefined` if it is none of ours, or of a newer version.
 */
export function toMutation([id, [kind, what = '']]: LogEntry): Mutation | undefined {
  const position = toPosition(id)
  if (kind === 's') return { kind: 'set', key: what, position }
  if (kind === 'c') return { kind: 'clear', position }
  const items = kind === 'd' || kind === 't' ? toList(what) : undefined
  if (items === undefined) return undefined
  return kind === 'd' ? { kind: 'delete', keys: items, position } : { kind: 'invalidate', tags: items, position }
}

function toList(json: string): readonly string[] | undefined {
  try {
    const items: unknown = JSON.parse(json)
    return Array.isArray(items) && items.every((item) => typeof item === 'string') ? items : undefined
  } catch {
    return undefined // somebody wrote into the log: whoever follows it starts anew
  }
}

/** What the script `attach` answers. */
export type AttachAnswer = readonly [
  inc: string,
  lastId: string,
  cleared: string,
  floor: string,
  tags: readonly string[],
]

/**
 * Reads the state of a shard.
 *
 * @param answer Answer of the script `attach`.
 * @param known Id of the incarnation that was known before.
 */
export function toHistory([inc, lastId, cleared, floor, scored]: AttachAnswer, known: string | undefined): History {
  const tags = new Map<string, number>()
  for (let i = 0; i + 1 < scored.length; i += 2) {
    const tag = scored[i]
    if (tag) tags.set(tag, Number(scored[i + 1])) // '' is the one that must not be missing
  }
  return {
    position: toPosition(lastId),
    isNew: inc !== known,
    clearedSeq: Number(cleared),
    floorSeq: Number(floor),
    tags,
  }
}
