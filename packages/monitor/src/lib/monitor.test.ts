import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { HttpExchange, Measurement } from '@breakwater/core'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, test, vi } from 'vitest'
import { createFakeHost, type FakeHost } from '../../test/support/host.ts'
import { DOCKER_V2, type Tree } from '../../test/support/trees.ts'
import { MONITOR_CHANNEL, type MonitorEvent } from './events.ts'
import { createMonitor, ProcessMonitor } from './monitor.ts'
import { type MonitorOptions, resolveMonitorOptions } from './options.ts'
import type { SnapshotDisk } from './relief/heap-snapshots.ts'

interface Subject {
  readonly clock: ManualClock
  readonly host: FakeHost
  readonly monitor: ProcessMonitor
  readonly events: MonitorEvent[]
  readonly written: string[]
  /** Goes on for so many samples, with the event loop busy for some of the time, and CPUs used. */
  run(samples: number, load?: { readonly busy?: number; readonly cores?: number }): void
}

function create(options: MonitorOptions = {}, tree: Tree = {}): Subject {
  const clock = createManualClock()
  const host = createFakeHost(tree)
  const written: string[] = []
  const disk: SnapshotDisk = {
    make: async () => {},
    freeBytes: async () => 1e12,
    list: async () => [],
    write: (path) => void written.push(path),
    finish: async () => 1,
    remove: async () => {},
  }
  const monitor = new ProcessMonitor(resolveMonitorOptions({ clock, ...options }), host, disk)
  const events: MonitorEvent[] = []
  monitor.subscribe((event) => events.push(event))
  return {
    clock,
    host,
    monitor,
    events,
    written,
    run(samples, { busy = 0.02, cores = 0 } = {}) {
      for (let sample = 0; sample < samples; sample++) {
        host.state.loop = {
          idle: host.state.loop.idle + 1_000 * (1 - busy),
          active: host.state.loop.active + 1_000 * busy,
        }
        host.state.cpuSeconds += cores
        clock.advance(1_000)
      }
    },
  }
}

function numberOf(measurements: readonly Measurement[], name: string, labels?: Record<string, string>): unknown {
  const found = measurements.filter(
    (measurement) => measurement.name === name && JSON.stringify(measurement.labels) === JSON.stringify(labels),
  )
  if (found.length !== 1) throw new Error(`${found.length} of ${name}`)
  return found[0]?.value
}

const exchange = (startedAtMs: number): HttpExchange => ({ startedAtMs, path: '/x', status: 200, slots: [] }) as never

test('createMonitor() watches this process', async () => {
  const monitor = createMonitor()
  const { memory, cpu, level, handles, eventLoop, uptimeMs } = monitor.snapshot()
  expect(level).toBe('ok')
  expect(memory?.rssBytes).toBeGreaterThan(1e7)
  expect(memory?.limits.map(({ source }) => source)).toEqual(expect.arrayContaining(['heap', 'machine']))
  expect(cpu?.limitCores).toBeGreaterThan(0)
  expect(cpu?.usedRatio).toBeUndefined()
  expect(eventLoop.delayMs).toBeUndefined()
  expect(handles).toBeGreaterThan(0)
  expect(uptimeMs).toBeGreaterThan(0)
  await monitor.close()
})

test('it has one timer, and none when closed', async () => {
  const { clock, monitor, host, run } = create()
  expect(clock.pending).toBe(1)
  run(10)
  expect(clock.pending).toBe(1)
  monitor.snapshot()
  expect(clock.pending).toBe(1)
  await monitor.close()
  expect(clock.pending).toBe(0)
  expect(host.isWatched).toBe(false)
})

test('setThresholds() holds from the next sample on, and is told', () => {
  const { monitor, events, run } = create()
  run(5, { cores: 1 })
  expect(monitor.level).toBe('ok')
  expect(monitor.setThresholds('cpuRatio', { warning: 0.1, critical: 0.9 })).toBe(monitor)
  expect([monitor.level, monitor.snapshot().signals.cpuRatio]).toMatchObject(['ok', { warning: 0.1, critical: 0.9 }])
  run(1, { cores: 1 })
  expect(monitor.level).toBe('ok')
  run(1, { cores: 1 })
  expect(monitor.level).toBe('warning')
  expect(events).toMatchObject([
    {
      type: 'thresholds:set',
      signal: 'cpuRatio',
      from: { warning: 0.6, critical: 0.8 },
      to: { warning: 0.1, critical: 0.9 },
    },
    { type: 'level:changed', signal: 'cpuRatio', to: 'warning', threshold: 0.1 },
    { type: 'pressure:changed' },
  ])
})

test('setThresholds() knows signals of your own, with numbers of any size', () => {
  const { monitor, run } = create()
  monitor.add('queueRatio', () => 7, { warning: 10, critical: 20 })
  monitor.setThresholds('queueRatio', { warning: 2, critical: 5 })
  run(2)
  expect(monitor.snapshot().signals.queueRatio).toEqual({ level: 'critical', value: 7, warning: 2, critical: 5 })
})

test.for([
  [
    'nobody',
    { warning: 1, critical: 2 },
    /^Cannot set the thresholds of "nobody" as there is no such signal: there are memoryRatio, /,
  ],
  ['eventLoopDelayMs', { warning: 1, critical: 2 }, /^Cannot set the thresholds of "eventLoopDelayMs"/],
  ['connectionsRatio', { warning: 0.1, critical: 0.2 }, /^Cannot set the thresholds of "connectionsRatio"/],
  [
    'cpuRatio',
    { warning: 0.5, critical: 1.5 },
    /^Expected `thresholds.critical` to be a ratio between 0 and 1, got 1.5/,
  ],
  [
    'cpuRatio',
    { warning: 0.5, critical: 0.5 },
    /^Expected `thresholds.critical` to be over its warning of 0.5, got 0.5/,
  ],
  ['cpuRatio', 0.5, /^Expected `thresholds` to be \{ warning, critical \}, got 0.5/],
] as const)('setThresholds() refuses %s with %j, and those before hold on', ([name, thresholds, message]) => {
  const { monitor, events } = create({ thresholds: { eventLoopDelayMs: false } })
  const before = monitor.snapshot().signals
  expect(() => monitor.setThresholds(name, thresholds as never)).toThrow(message)
  expect([monitor.snapshot().signals, events]).toEqual([before, []])
})

test('close() twice is harmless, and what is known stays', async () => {
  const { clock, monitor, run } = create()
  run(3, { busy: 0.9 })
  await monitor.close()
  await monitor[Symbol.asyncDispose]()
  clock.advance(60_000)
  expect(monitor.snapshot().eventLoop.utilizationRatio).toBeCloseTo(0.9, 10)
  expect(clock.pending).toBe(0)
  expect(monitor.level).toBe('warning')
})

test('level follows memory, with hysteresis', () => {
  const { host, monitor, events, run } = create()
  host.state.heap = { ...host.state.heap, usedBytes: 75e6 }
  run(1)
  expect(monitor.level).toBe('ok')
  run(1)
  expect(monitor.level).toBe('warning')
  host.state.heap = { ...host.state.heap, usedBytes: 92e6 }
  run(2)
  expect([monitor.level, monitor.underPressure]).toEqual(['critical', true])
  host.state.heap = { ...host.state.heap, usedBytes: 20e6 }
  run(4)
  expect(monitor.level).toBe('critical')
  run(1)
  expect([monitor.level, monitor.underPressure]).toEqual(['ok', false])
  expect(events).toEqual([
    { type: 'level:changed', signal: 'memoryRatio', from: 'ok', to: 'warning', value: 0.75, threshold: 0.7 },
    { type: 'pressure:changed', from: 'ok', to: 'warning', signals: ['memoryRatio'] },
    { type: 'level:changed', signal: 'memoryRatio', from: 'warning', to: 'critical', value: 0.92, threshold: 0.9 },
    { type: 'pressure:changed', from: 'warning', to: 'critical', signals: ['memoryRatio'] },
    { type: 'level:changed', signal: 'memoryRatio', from: 'critical', to: 'ok', value: 0.2, threshold: 0.9 },
    { type: 'pressure:changed', from: 'critical', to: 'ok', signals: [] },
  ])
})

test.for([
  ['the CPU', 'cpuRatio', { cores: 3.4 }],
  ['the event loop', 'eventLoopUtilizationRatio', { busy: 0.97 }],
] as const)('level follows %s', ([_, signal, load]) => {
  const { monitor, run } = create()
  run(2, load)
  const { level, signals } = monitor.snapshot()
  expect([level, signals[signal]?.level]).toEqual(['critical', 'critical'])
})

test('level follows the quota of a container', () => {
  const { monitor, run, host } = create({}, DOCKER_V2)
  host.state.heap = { ...host.state.heap, usedBytes: 1e6 }
  run(2, { cores: 1 })
  expect(monitor.snapshot().signals.cpuRatio).toMatchObject({ level: 'warning', value: 1 / 1.5 })
})

test('level follows how late the timer of samples is', () => {
  const { clock, monitor, run } = create()
  const late = (): void => {
    // A clock that jumps while something blocks: its timers are run late.
    const now = vi.spyOn(clock, 'now')
    const dueMs = clock.now() + 1_000
    now.mockReturnValue(dueMs + 600)
    clock.advance(1_000)
    now.mockRestore()
    clock.advance(600)
  }
  late()
  expect(monitor.snapshot().eventLoop.delayMs).toBe(600)
  run(1)
  expect(monitor.level).toBe('ok')
})

test('level follows response times, and falls when nothing is asked', () => {
  const { clock, monitor, run } = create({ shed: false })
  for (let sample = 0; sample < 2; sample++) {
    const started = exchange(clock.now())
    clock.advance(550)
    monitor.hook.onHead?.(started, 0)
    clock.advance(450)
  }
  expect(monitor.snapshot()).toMatchObject({ level: 'critical', requests: { answered: 1, responseTimeMs: 550 } })
  run(5)
  expect(monitor.snapshot()).toMatchObject({ level: 'ok', requests: { answered: 0, responseTimeMs: undefined } })
})

test('level follows connections where their number is given', () => {
  const { monitor, run } = create({ maxConnections: 2 })
  const sockets = [1, 2].map(
    () => Object.assign(new EventEmitter(), { bytesRead: 1, bytesWritten: 2 }) as never as Socket,
  )
  for (const socket of sockets) monitor.serverHook.onConnection?.(socket)
  run(2)
  expect(monitor.snapshot()).toMatchObject({
    level: 'critical',
    connections: { active: 2, total: 2, upgraded: 0, readBytes: 2, writtenBytes: 4 },
  })
  expect(create().monitor.snapshot().signals.connectionsRatio).toBeUndefined()
})

test('level does not follow what is switched off', () => {
  const { monitor, run } = create({ thresholds: { eventLoopUtilizationRatio: false } })
  run(5, { busy: 1 })
  expect(monitor.level).toBe('ok')
  expect(monitor.snapshot().signals.eventLoopUtilizationRatio).toBeUndefined()
})

test('add() follows a number of your own', () => {
  const { monitor, run, events } = create()
  let waiting = 5
  monitor.add('tasks', () => waiting, { warning: 10, critical: 100 })
  run(2)
  waiting = 50
  run(2)
  expect(events[0]).toMatchObject({ type: 'level:changed', signal: 'tasks', value: 50, threshold: 10 })
  expect(numberOf(monitor.measure(), 'monitor_signal_value', { signal: 'tasks' })).toBe(50)
  expect(numberOf(monitor.measure(), 'monitor_level', { signal: 'tasks' })).toBe(1)
})

const RUBBISH: readonly (readonly [string, () => unknown, string])[] = [
  [
    'throws',
    () => {
      throw new Error('pool is closed')
    },
    'pool is closed',
  ],
  ['is no number', () => '7', 'Expected the signal "pool" to be a finite number, got string'],
  ['is a promise', async () => 7, 'Expected the signal "pool" to be a finite number, got object'],
  ['is not finite', () => Number.NaN, 'Expected the signal "pool" to be a finite number, got NaN'],
]

test.for(RUBBISH)('add() tells once of a number that %s, which has no level', ([_, rubbish, message]) => {
  const { monitor, run, events } = create()
  let read: () => unknown = () => 99
  monitor.add('pool', (() => read()) as () => number, { warning: 10, critical: 20 })
  run(2)
  expect(monitor.level).toBe('critical')
  events.length = 0
  read = rubbish
  run(5)
  expect(events.map(({ type }) => type)).toEqual(['read:failed', 'level:changed', 'pressure:changed'])
  expect(events[0]).toMatchObject({ source: 'pool', error: { message } })
  expect(monitor.snapshot().signals.pool).toMatchObject({ level: 'ok', value: undefined })
})

test('add() refuses what is wrong', () => {
  const { monitor } = create()
  const thresholds = { warning: 1, critical: 2 }
  monitor.add('tasks', () => 1, thresholds)
  expect(() => monitor.add('tasks', () => 1, thresholds)).toThrow('Cannot add the signal "tasks" twice')
  expect(() => monitor.add('connectionsRatio', () => 1, thresholds)).toThrow('"connectionsRatio" twice')
  expect(() => monitor.add('', () => 1, thresholds)).toThrow('`name`')
  expect(() => monitor.add('x', 5 as never, thresholds)).toThrow('`read`')
  expect(() => monitor.add('x', () => 1, { warning: 2, critical: 1 })).toThrow(
    'Expected `thresholds.critical` to be over its warning of 2, got 1',
  )
})

test('snapshot() takes a sample when the last one is too old', () => {
  const { clock, host, monitor } = create()
  const { at } = monitor.snapshot()
  const now = vi.spyOn(clock, 'now').mockReturnValue(clock.now() + 3_500)
  vi.spyOn(clock, 'epoch').mockReturnValue(at + 3_500)
  host.state.rssBytes = 7
  expect(monitor.snapshot()).toMatchObject({ at: at + 3_500, memory: { rssBytes: 7 }, eventLoop: { delayMs: 2_500 } })
  now.mockRestore()
  expect(clock.pending).toBe(1)
})

test('snapshot() takes none while the last one is new', () => {
  const { clock, host, monitor } = create()
  monitor.snapshot()
  clock.advance(999)
  host.state.rssBytes = 7
  expect(monitor.snapshot().memory?.rssBytes).toBe(100e6)
})

test('snapshot() sees a limit that was changed, within half a minute', () => {
  const { host, monitor, run } = create({}, DOCKER_V2)
  const limitBytes = (): number | undefined =>
    monitor.snapshot().memory?.limits.find(({ source }) => source === 'cgroup')?.limitBytes
  host.state.tree['/sys/fs/cgroup/memory.max'] = '1000000000\n'
  run(29)
  expect(limitBytes()).toBe(536_870_912)
  run(1)
  expect(limitBytes()).toBe(1_000_000_000)
})

test('snapshot() keeps a limit that it knows where its group cannot be found this time', () => {
  const { host, monitor, run } = create({}, DOCKER_V2)
  delete host.state.tree['/proc/self/mountinfo']
  run(60)
  expect(monitor.snapshot().memory?.limits.map(({ source }) => source)).toContain('cgroup')
})

test('underPressure is true while requests are refused, and for a second after', () => {
  const { clock, monitor, events, run } = create({ shed: { initialConcurrency: 1, maxConcurrency: 1 } })
  const replies = Array.from({ length: 20 }, () => monitor.hook.onStart?.(exchange(clock.now()), 0))
  expect(replies.some((reply) => reply?.status === 503)).toBe(true)
  expect([monitor.level, monitor.underPressure]).toEqual(['ok', true])
  run(3)
  expect(monitor.underPressure).toBe(false)
  expect(events.map(({ type }) => type)).toEqual(['shedding:started', 'shedding:ended'])
})

test('wantedReplicas grows with what is refused, although no CPU is used', () => {
  const { clock, monitor, run } = create({
    shed: { initialConcurrency: 1, maxConcurrency: 1 },
    scale: { replicas: 10 },
  })
  for (let sample = 0; sample < 60; sample++) {
    for (let request = 0; request < 20; request++) monitor.hook.onStart?.(exchange(clock.now()), 0)
    run(1)
  }
  expect(monitor.wantedReplicas).toBeGreaterThan(10)
})

test('it hears what a monitor tells on its channel', () => {
  const heard: unknown[] = []
  const listener = (message: unknown): void => void heard.push(message)
  subscribe(MONITOR_CHANNEL, listener)
  const { run } = create({ name: 'tasks' })
  run(2, { busy: 1 })
  unsubscribe(MONITOR_CHANNEL, listener)
  expect(heard).toMatchObject([
    { source: 'tasks', event: { type: 'level:changed' } },
    { source: 'tasks', event: { type: 'pressure:changed', to: 'critical' } },
  ])
})

test('it goes on without what cannot be read', () => {
  const { host, monitor, run, events } = create()
  host.failing.add('rssBytes')
  run(5)
  expect(monitor.snapshot()).toMatchObject({ memory: undefined, level: 'ok', cpu: { limitCores: 4 } })
  expect(monitor.measure().map(({ name }) => name)).not.toContain('monitor_memory_used_ratio')
  expect(events).toMatchObject([{ type: 'read:failed', source: 'memory', error: { message: 'no rssBytes' } }])
})

test('it forces a collection and writes a snapshot when memory is critical, once per interval', async () => {
  const { host, events, run, clock, written } = create({
    forceGc: { everyMs: 60_000 },
    heapSnapshot: { directory: '/heaps', everyMs: 120_000 },
  })
  host.state.heap = { ...host.state.heap, usedBytes: 91e6 }
  run(1)
  expect(events).toEqual([])
  for (let second = 0; second < 100; second++) {
    run(1)
    await clock.advanceAsync(0)
  }
  const told = events.map(({ type }) => type)
  expect(told.filter((type) => type === 'gc:forced')).toHaveLength(2)
  expect(told.filter((type) => type === 'heap-snapshot:written')).toHaveLength(1)
  expect(written).toHaveLength(1)
})

test('it does neither when something else is critical', () => {
  const { events, run, written } = create({ forceGc: true, heapSnapshot: { directory: '/heaps' } })
  run(5, { busy: 1 })
  expect(events.map(({ type }) => type)).toEqual(['level:changed', 'pressure:changed'])
  expect(written).toEqual([])
})

test('it suspects a leak of what major collections leave', () => {
  const { host, events, run, monitor } = create()
  for (let second = 0; second < 3_000; second++) {
    host.state.retainedBytes += 10_000 // 36 MB an hour
    host.collect(4, 1)
    host.collect(1, 1)
    run(1)
  }
  expect(events).toEqual([expect.objectContaining({ type: 'leak:suspected' })])
  const [leak] = events
  if (leak?.type !== 'leak:suspected') throw new Error('none')
  expect(leak.bytesPerHour / 36e6).toBeCloseTo(1, 1)
  expect(leak.hoursLeft).toBeCloseTo((100e6 - leak.retainedBytes) / 36e6, 1)
  expect(numberOf(monitor.measure(), 'monitor_leak_suspected')).toBe(1)
})

test('it looks for no leak in what minor collections leave, nor where that is switched off', () => {
  const minor = create()
  const off = create({ leaks: false })
  for (let second = 0; second < 3_000; second++) {
    minor.host.state.retainedBytes += 10_000
    minor.host.collect(1, 1)
    off.host.collect(4, 1)
    minor.run(1)
  }
  expect([minor.events, off.events]).toEqual([[], []])
  expect(off.monitor.snapshot().leak).toBeUndefined()
})

test('wantedReplicas grows with the load', () => {
  const { monitor, run } = create({ scale: { replicas: 4 } })
  run(300, { cores: 4 }) // all four CPUs, of which 0.7 are meant to be used
  expect(monitor.wantedReplicas).toBe(6)
  expect(numberOf(monitor.measure(), 'monitor_wanted_replicas')).toBe(6)
})

test('it tells once of a number of processes that nobody can tell', () => {
  const { run, events, monitor } = create({
    scale: {
      replicas: () => {
        throw new Error('no API')
      },
    },
  })
  run(10)
  expect(events).toMatchObject([{ type: 'read:failed', source: 'replicas' }])
  expect(monitor.wantedReplicas).toBe(1)
})

test('measure() gives every number once', () => {
  const { monitor, run, host } = create({}, DOCKER_V2)
  host.collect(4, 500)
  run(2, { cores: 0.75, busy: 0.5 })
  const measurements = monitor.measure()
  const keys = measurements.map(({ name, labels }) => `${name}${JSON.stringify(labels ?? {})}`)
  expect(new Set(keys).size).toBe(keys.length)
  const value = (name: string, labels?: Record<string, string>): unknown => numberOf(measurements, name, labels)
  expect(value('monitor_memory_limit_bytes', { source: 'cgroup' })).toBe(536_870_912)
  expect(value('monitor_memory_rss_bytes')).toBe(100e6)
  expect(value('monitor_cpu_used_ratio')).toBe(0.5)
  expect(value('monitor_cpu_limit_cores', { source: 'cgroup' })).toBe(1.5)
  expect(value('monitor_event_loop_utilization_ratio')).toBe(0.5)
  expect(value('monitor_event_loop_delay_seconds')).toBe(0)
  expect(value('monitor_gc_seconds_total', { type: 'major' })).toBe(0.5)
  expect(value('monitor_pressure_stall_ratio', { resource: 'cpu', kind: 'some' })).toBe(0.12)
  expect(value('monitor_load_average', { window: '15m' })).toBe(3)
  expect(value('monitor_under_pressure')).toBe(0)
})

test('measure() gives names and kinds that readers accept', () => {
  const { monitor, run } = create({}, DOCKER_V2)
  run(2)
  for (const { name, help, kind, value } of monitor.measure()) {
    expect(name).toMatch(/^monitor_[a-z0-9_]+$/)
    expect(name.endsWith('_total')).toBe(kind === 'counter')
    expect(help).not.toBe('')
    expect(Number.isFinite(value)).toBe(true)
  }
})

test('measure() gives one help for each name', () => {
  const { monitor } = create({}, DOCKER_V2)
  const helps = new Map<string, string>()
  for (const { name, help } of monitor.measure()) expect(helps.set(name, helps.get(name) ?? help).get(name)).toBe(help)
})

test('a failure that nobody hears becomes a warning', async () => {
  const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const clock = createManualClock()
  const monitor = createMonitor({ clock, name: 'alone' })
  monitor.add('x', () => Number.NaN, { warning: 1, critical: 2 })
  clock.advance(3_000)
  expect(warning).toHaveBeenCalledTimes(1)
  expect(String(warning.mock.calls[0]?.[0])).toContain('read:failed in "alone": Expected the signal "x"')
  warning.mockRestore()
  await monitor.close()
})

test('a process that does nothing is looked at half as often, until it does something or something is wrong', () => {
  const { monitor, host, run } = create()
  const read = vi.fn(() => 0)
  monitor.add('asked', read, { warning: 1, critical: 2 })
  const samplesIn = (seconds: number, busy: number): number => {
    const before = read.mock.calls.length
    run(seconds, { busy })
    return read.mock.calls.length - before
  }
  samplesIn(2, 0.009)
  expect(samplesIn(10, 0.009)).toBe(5)
  samplesIn(2, 0.011)
  expect(samplesIn(10, 0.011)).toBe(10)
  samplesIn(2, 0)
  expect(samplesIn(10, 0)).toBe(5)
  host.state.rssBytes = 0.95 * host.state.totalBytes
  samplesIn(4, 0)
  expect(monitor.level).toBe('critical')
  expect(samplesIn(10, 0)).toBe(10)
})

test('snapshot() of a process that does nothing is no older than a second, and takes its longer pause for no delay', () => {
  const { monitor, clock, run } = create()
  run(4, { busy: 0 })
  const { at } = monitor.snapshot()
  clock.advance(1_500)
  const later = monitor.snapshot()
  expect(later.at - at).toBeGreaterThanOrEqual(1_000)
  expect(later.eventLoop.delayMs).toBe(0)
})
