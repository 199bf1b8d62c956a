import { createMonitor, type Monitor } from '../../src/index.ts'

// Waits until it was moved to another control group, and then works without end. Sends a snapshot whenever it is asked.

let monitor: Monitor | undefined

function work(): void {
  const endMs = performance.now() + 20
  while (performance.now() < endMs);
  setImmediate(work)
}

process.on('message', (message) => {
  if (message === 'tell') return process.send?.(monitor?.snapshot())
  monitor = createMonitor({ sampleEveryMs: 250 })
  work()
})
process.send?.('started')
