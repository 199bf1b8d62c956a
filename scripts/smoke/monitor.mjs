import assert from 'node:assert/strict'
import { subscribe } from 'node:diagnostics_channel'

export async function smoke({ '@breakwater/monitor': monitor, '@breakwater/core/testing': { createManualClock } }) {
  await tells(monitor, createManualClock())
  await watches(monitor)
  await refuses(monitor)
  namesWhatIsWrong(monitor)
}

async function tells({ createMonitor, MONITOR_CHANNEL }, clock) {
  const name = `smoke ${Math.random()}`
  const heard = []
  subscribe(MONITOR_CHANNEL, ({ source, event }) => source === name && heard.push(event))
  const monitor = createMonitor({ name, clock })
  monitor.add('tasks', () => 7, { warning: 5, critical: 10 })
  clock.advance(2_000)
  const changed = heard.find(({ signal }) => signal === 'tasks')
  assert.deepEqual([changed.type, changed.to, changed.value, changed.threshold], ['level:changed', 'warning', 7, 5])
  assert.equal(monitor.measure().find(({ labels }) => labels?.signal === 'tasks').value, 1)
  await monitor.close()
  assert.equal(clock.pending, 0)
}

/** This very process, on whatever Node and system it runs. */
async function watches({ createMonitor }) {
  const monitor = createMonitor({ sampleEveryMs: 20, forceGc: true, maxConnections: 10 })
  const untilMs = performance.now() + 200
  while (performance.now() < untilMs) await new Promise((resolve) => setImmediate(resolve))
  const { memory, cpu, eventLoop, handles, connections } = monitor.snapshot()
  assert.ok(memory.usedRatio > 0 && memory.usedRatio < 1 && memory.rssBytes > 1e7)
  assert.ok(memory.limits.some(({ source }) => source === 'heap'))
  assert.ok(cpu.limitCores > 0 && cpu.usedCores > 0)
  assert.ok(eventLoop.utilizationRatio > 0 && eventLoop.delayMs >= 0)
  assert.ok(handles >= 0 && connections.active === 0)
  for (const { name, value } of monitor.measure()) assert.ok(Number.isFinite(value), name)
  await monitor.close()
}

async function refuses({ createMonitor }) {
  const monitor = createMonitor({ shed: { initialConcurrency: 1, maxConcurrency: 1 } })
  const replies = Array.from({ length: 50 }, () =>
    monitor.hook.onStart({ method: 'GET', path: '/x', status: 200, startedAtMs: performance.now(), slots: [] }, 0),
  )
  const refused = replies.filter((reply) => reply !== undefined)
  assert.ok(refused.length > 0)
  assert.equal(refused[0].status, 503)
  assert.ok(monitor.underPressure)
  await monitor.close()
}

function namesWhatIsWrong({ createMonitor, HeapSnapshotError, isHeapSnapshotError }) {
  assert.throws(() => createMonitor({ sampleEveryMs: 0 }), /`sampleEveryMs`.* 0/)
  assert.throws(() => createMonitor({ thresholds: { cpuRatio: { warning: 0.9, critical: 0.8 } } }), RangeError)
  assert.ok(isHeapSnapshotError(new HeapSnapshotError('it is a test')))
}
