import type { Gate } from './lib/gate.ts'
import { rehearse } from './lib/rehearsal.ts'

/** What waits to be released could be. */
export const release: Gate = {
  name: 'release',
  async check(root) {
    try {
      return { problems: [], notes: (await rehearse(root)).slice(-1) }
    } catch (error) {
      return { problems: [error instanceof Error ? error.message : String(error)] }
    }
  },
}
