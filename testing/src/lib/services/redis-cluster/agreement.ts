import { SLOTS } from './hash-slot.ts'
import type { Seen, View } from './view.ts'

/**
 * What keeps the nodes of a cluster from serving all slots, as one.
 *
 * @param views How each of the running nodes sees the cluster.
 * @returns What is in the way, or nothing.
 */
export function disagreement(views: readonly View[]): string | undefined {
  // What a node says of itself counts: what it hears of others is older.
  const selves = views.map(({ self }) => self)
  for (const view of views) {
    const { self, all, isOk, replication } = view
    const unmet = selves.find(({ id }) => !all.some((seen) => seen.id === id && seen.isReached))
    if (unmet) return `${name(self)} does not reach ${name(unmet)}`
    if (!isOk) return `the cluster is down for ${name(self)}`
    const other = selves.find((one) => describe(one) !== describe(all.find(({ id }) => id === one.id)))
    if (other) return `${name(self)} does not know yet that ${describe(other)}`
    if (self.role === 'replica' && !replication.isLinked) return `${name(self)} does not get the writes of its master`
    const waiting = selves.find(({ masterId, port }) => masterId === self.id && !replication.online.includes(port))
    if (waiting) return `${name(self)} does not send its writes to ${name(waiting)} yet`
  }
  const masters = selves.filter(({ role }) => role === 'master')
  const owned = masters.flatMap(({ slots }) => slots).reduce((sum, [first, last]) => sum + last - first + 1, 0)
  if (owned !== SLOTS) return `the running masters have ${owned} of ${SLOTS} slots`
}

function name({ port }: Seen): string {
  return `127.0.0.1:${port}`
}

function describe(seen: Seen | undefined): string {
  if (seen === undefined) return 'it is unknown'
  if (seen.role === 'replica') return `${name(seen)} is a replica of ${seen.masterId}`
  return `${name(seen)} is a master with the slots ${seen.slots.map((range) => range.join('-')).join(' ') || 'of nobody'}`
}
