import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { runInNewContext } from 'node:vm'
import { expect, onTestFinished, test } from 'vitest'
import { createMonitor, type Monitor, type MonitorOptions } from '../src/index.ts'

function create(options: MonitorOptions): Monitor {
  const monitor = createMonitor(options)
  onTestFinished(() => monitor.close())
  return monitor
}

test('createMonitor() does not keep a process alive', async () => {
  const file = join(import.meta.dirname, 'subjects/idle.ts')
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { timeout: 20_000 })
  expect([stdout, stderr]).toEqual(['ok\n', ''])
})

test('snapshot() tells how long something blocked the event loop', async () => {
  const monitor = create({ sampleEveryMs: 20 })
  await sleep(100)
  const untilMs = performance.now() + 400
  while (performance.now() < untilMs);
  const { eventLoop, cpu } = monitor.snapshot()
  expect(eventLoop.delayMs).toBeGreaterThanOrEqual(380)
  expect(eventLoop.utilizationRatio).toBeGreaterThan(0.5)
  expect(cpu?.usedCores).toBeGreaterThan(0)
})

test('snapshot() counts garbage collections, and what major ones leave', async () => {
  const monitor = create({ forceGc: true, sampleEveryMs: 20 })
  const collect = runInNewContext('gc') as () => void
  collect()
  await expect.poll(() => monitor.snapshot().gc.kinds.major.count).toBeGreaterThan(0)
  const { gc, leak, memory } = monitor.snapshot()
  expect(gc.kinds.major.seconds).toBeGreaterThan(0)
  expect(leak?.retainedBytes).toBeGreaterThan(1_000_000)
  expect(leak?.retainedBytes).toBeLessThan(memory?.rssBytes ?? 0)
})
