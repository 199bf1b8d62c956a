import type { Mutation, SharedTier } from '../../src/lib/shared/tier.ts'
import type { Fault } from './messages.ts'

const SLOW_MS = 600

/**
 * Breaks a tier on purpose.
 *
 * @param tier One that works.
 * @param fault What is to be wrong with it, if anything.
 */
export function breakTier(tier: SharedTier, fault: Fault | undefined): SharedTier {
  if (fault === undefined) return tier
  return {
    connect(options, listener) {
      const hear: typeof listener.onMutations = (shard, mutations, position) => {
        // It knows that there was something, and not what: or it would notice that it misses its own changes.
        if (fault !== 'no lease') listener.onMutations(shard, mutations.map(withoutWhat), position)
        if (fault === 'slow ear') setTimeout(() => listener.onMutations(shard, mutations, position), SLOW_MS)
        if (fault === 'no lease') listener.onMutations(shard, mutations, position)
      }
      const connection = tier.connect(options, {
        onHistory: (shard, history) => listener.onHistory(shard, history),
        onMutations: hear,
        onConfirmed: (shard, atMs) => listener.onConfirmed(shard, atMs),
        onForeignChange: (key) => listener.onForeignChange(key),
        onFailure: (error) => listener.onFailure(error),
      })
      if (fault !== 'no lease') return connection
      return Object.assign(Object.create(connection) as typeof connection, {
        read: async (key: string) => {
          const answer = await connection.read(key)
          return answer.kind === 'absent' || answer.kind === 'busy' ? { kind: 'leased' as const } : answer
        },
      })
    },
  }
}

function withoutWhat({ position }: Mutation): Mutation {
  return { kind: 'delete', keys: [], position }
}
