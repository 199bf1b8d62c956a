import assert from 'node:assert/strict'
import { createManualClock } from '@breakwater/core/testing'

const lines: string[] = []
const log = (line: string): void => void lines.push(line)
const clock = createManualClock()

// #region
import { subscribe } from 'node:diagnostics_channel'
import type { ChannelMessage } from '@breakwater/core'
import { createMonitor, MONITOR_CHANNEL, type MonitorEvent } from '@breakwater/monitor'

const monitor = createMonitor({ name: 'tasks', clock })

monitor.subscribe((event) => {
  if (event.type === 'pressure:changed') log(`${event.from} -> ${event.to}: ${event.signals.join(', ')}`)
  if (event.type === 'leak:suspected') log(`the memory is full in ${event.hoursLeft} hours`)
  if (event.type === 'shedding:ended') log(`${event.refused} requests were refused`)
})

// … or in a module that knows nothing of it.
subscribe(MONITOR_CHANNEL, (message) => {
  const { source, event } = message as ChannelMessage<MonitorEvent>
  log(`${source} ${event.type}`)
})
// #endregion

let waiting = 0
monitor.add('queue', () => waiting, { warning: 10, critical: 20 })
waiting = 15
clock.advance(2_000)
assert.deepEqual(lines, ['tasks level:changed', 'ok -> warning: queue', 'tasks pressure:changed'])
assert.equal(monitor.measure().find(({ labels }) => labels?.signal === 'queue')?.value, 1)
await monitor.close()
