import assert from 'node:assert/strict'

const log = (line: string): void => void lines.push(line)
const lines: string[] = []

// #region
import { subscribe } from 'node:diagnostics_channel'
import type { ChannelMessage } from '@breakwater/core'
import { createCircuitBreaker, RESILIENCE_CHANNEL, type ResilienceEvent } from '@breakwater/resilience'

const breaker = createCircuitBreaker({ name: 'payments', failureThreshold: 2 })

// One object …
breaker.subscribe((event) => log(`${event.type}: ${breaker.explain().reason}`))

// … or every policy of this process, whoever made it.
subscribe(RESILIENCE_CHANNEL, (message) => {
  const { source, event } = message as ChannelMessage<ResilienceEvent>
  log(`${source} ${event.type}`)
})

// Numbers are read when somebody asks.
for (const { name, labels, value } of breaker.measure()) log(`${name} ${JSON.stringify(labels ?? {})} ${value}`)
// #endregion

lines.length = 0
for (let call = 0; call < 2; call++) await breaker.tryExecute(() => Promise.reject(new Error('down')))
assert.deepEqual(lines, [
  'circuit:opened: It opened as 2 calls in a row failed. Probes are let through in 30000 ms.',
  'payments circuit:opened',
])
