import type { Redis } from 'ioredis'
import { withRedis } from '../redis-node.ts'

const KEYS_AT_ONCE = 100
const MIGRATE_LIMIT_MS = 5_000

/** One end of a move. */
export interface MoveEnd {
  /** Its name in the cluster. */
  readonly id: string
  /** Where it is. */
  readonly url: string
  /** Its port. */
  readonly port: number
}

/** What is moved. */
export interface Move {
  /** The slot. */
  readonly slot: number
  /** Who has it. */
  readonly from: MoveEnd
  /** Who gets it. */
  readonly to: MoveEnd
  /** Called when half of the keys are over. */
  readonly halfway?: (() => unknown) | undefined
}

/**
 * Hands a slot and its keys from one master to another, as `redis-cli --cluster reshard` does. If it fails halfway, the
 * slot stays open, and the same move can be done again.
 *
 * @param move What.
 */
export async function moveSlot({ slot, from, to, halfway }: Move): Promise<void> {
  await withRedis(to.url, async (target) => {
    await target.cluster('SETSLOT', slot, 'IMPORTING', from.id)
    await withRedis(from.url, async (source) => {
      await source.cluster('SETSLOT', slot, 'MIGRATING', to.id)
      await moveKeys(source, slot, to.port, Math.floor((await source.cluster('COUNTKEYSINSLOT', slot)) / 2))
      await halfway?.()
      await moveKeys(source, slot, to.port, Number.POSITIVE_INFINITY)
    })
    // The new owner first: were it the other one, the slot would be nobody's in between.
    await target.cluster('SETSLOT', slot, 'NODE', to.id)
  })
  await withRedis(from.url, (source) => source.cluster('SETSLOT', slot, 'NODE', to.id))
}

/** New keys arrive at the other end already, so this comes to an end. */
async function moveKeys(source: Redis, slot: number, port: number, count: number): Promise<void> {
  for (let left = count; left > 0; ) {
    const keys = (await source.cluster('GETKEYSINSLOT', slot, Math.min(left, KEYS_AT_ONCE))) as string[]
    if (keys.length === 0) return
    await source.migrate('127.0.0.1', port, '', 0, MIGRATE_LIMIT_MS, 'KEYS', ...keys)
    left -= keys.length
  }
}
