import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'

let isConnected = false
const queue = {
  ping: async (): Promise<void> => {
    if (!isConnected) throw new Error('not connected')
  },
  reconnect: async (_options: { signal: AbortSignal }): Promise<void> => {
    isConnected = true
  },
}
const lines: string[] = []
const log = (line: string): void => void lines.push(line)

// #region
import { createHealth } from '@breakwater/health'

const health = createHealth()
health.add('queue', () => queue.ping(), {
  intervalMs: 5_000, // also while nobody asks
  failureThreshold: 3,
  recover: { run: ({ signal }) => queue.reconnect({ signal }), maxTries: 5, delayMs: 1_000, limitMs: 5_000 },
})
health.subscribe((event) => {
  if (event.type === 'recovery:tried') log(`${event.check}: try ${event.attempt} ${event.outcome}`)
  if (event.type === 'recovery:exhausted') log(`${event.check}: given up after ${event.tries} tries`)
})
// #endregion

await health.check()
await delay(50)
assert.deepEqual(lines, ['queue: try 1 recovered'])
assert.equal(health.report().status, 'healthy')
await health.close()
