import assert from 'node:assert/strict'

const lines: string[] = []
const log = (line: string): void => void lines.push(line)

// #region
import { subscribe } from 'node:diagnostics_channel'
import type { ChannelMessage } from '@breakwater/core'
import { createHealth, HEALTH_CHANNEL, type HealthEvent } from '@breakwater/health'

const health = createHealth({ name: 'tasks' })

health.subscribe((event) => {
  if (event.type === 'check:changed') log(`${event.check} is ${event.to}: ${event.cause ?? 'all is well'}`)
  if (event.type === 'status:changed') log(`${event.group} is ${event.to}`)
})

// … or in a module that knows nothing of it.
subscribe(HEALTH_CHANNEL, (message) => {
  const { source, event } = message as ChannelMessage<HealthEvent>
  log(`${source} ${event.type}`)
})
// #endregion

health.add('mail', () => Promise.reject(new Error('no route')), { critical: false })
await health.check()
assert.deepEqual(lines, [
  'mail is unhealthy: Error: no route',
  'tasks check:changed',
  'ready is degraded',
  'tasks status:changed',
])
assert.equal(health.measure().find(({ name }) => name === 'health_status')?.value, 0.5)
