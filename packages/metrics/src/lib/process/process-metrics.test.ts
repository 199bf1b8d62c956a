import { setImmediate } from 'node:timers/promises'
import type { HistogramSnapshot } from '@breakwater/core'
import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { afterEach, expect, test } from 'vitest'
import type { Family, Row } from '../series/family.ts'
import { NO_FILES } from './files.ts'
import { type ProcessHost, systemHost } from './host.ts'
import { createProcessMetrics, type ProcessMetrics } from './process-metrics.ts'

const open: ProcessMetrics[] = []

afterEach(() => {
  for (const metrics of open.splice(0)) metrics.close()
})

const STATUS = 'Name:\tnode\nVmPeak:\t 2000 kB\nVmSize:\t 1000 kB\nVmRSS:\t  300 kB\nVmData:\t  70 kB\nThreads:\t11\n'
const LIMITS =
  'Limit                     Soft Limit           Hard Limit           Units\nMax processes             7                    7                    processes\nMax open files            1024                 524288               files\n'

interface Machine {
  host: ProcessHost
  clock: ManualClock
  faults: [string, unknown][]
  metrics: ProcessMetrics
  values: (name: string) => Record<string, number | HistogramSnapshot>
}

function create(change: Partial<ProcessHost> = {}, files: Readonly<Record<string, string>> = {}): Machine {
  const tree: Readonly<Record<string, string>> = { '/proc/self/status': STATUS, '/proc/self/limits': LIMITS, ...files }
  const host: ProcessHost = {
    files: { read: (path) => tree[path], count: () => 23 },
    version: 'v24.11.1',
    uptimeSeconds: () => 100.4,
    cpu: () => ({ user: 2_500_000, system: 500_000 }),
    rssBytes: () => 4_096,
    heap: () => ({ total: 30, used: 20, external: 10 }),
    heapSpaces: () => [
      { name: 'new_space', total: 8, used: 5, available: 2 },
      { name: 'read_only_space', total: 4, used: 4, available: 0 },
    ],
    resources: () => ['Timeout', 'Timeout', 'TCPSocketWrap'],
    handles: () => [new Map(), new Map(), new Set(), Object.create(null)],
    requests: () => [],
    loop: () => ({ idleMs: 9_000, activeMs: 1_000, turns: 5 }),
    watchGc: () => () => {},
    ...change,
  }
  const clock = createManualClock({ epochMs: 1_700_000_000_000 })
  const faults: [string, unknown][] = []
  const metrics = createProcessMetrics({ host, clock, onFault: (source, error) => faults.push([source, error]) })
  open.push(metrics)
  const values = (name: string): Record<string, number | HistogramSnapshot> => {
    const family = metrics.collect().find((other) => other.name === name)
    return Object.fromEntries([...(family?.rows() ?? [])].map(({ labels, value }) => [labels.text, value]))
  }
  return { host, clock, faults, metrics, values }
}

const namesOf = (metrics: ProcessMetrics): string[] => metrics.collect().map(({ name }) => name)

test('collect() reads CPU, start, memory and descriptors', () => {
  const { values, faults } = create()
  expect(values('process_cpu_user_seconds_total')).toEqual({ '': 2.5 })
  expect(values('process_cpu_system_seconds_total')).toEqual({ '': 0.5 })
  expect(values('process_cpu_seconds_total')).toEqual({ '': 3 })
  expect(values('process_start_time_seconds')).toEqual({ '': 1_699_999_900 })
  expect(values('process_resident_memory_bytes')).toEqual({ '': 300 * 1_024 })
  expect(values('process_virtual_memory_bytes')).toEqual({ '': 1_000 * 1_024 })
  expect(values('process_heap_bytes')).toEqual({ '': 70 * 1_024 })
  expect(values('process_open_fds')).toEqual({ '': 23 })
  expect(values('process_max_fds')).toEqual({ '': 1_024 })
  expect(faults).toEqual([])
})

test('collect() reads the heap, the event loop and the version', () => {
  const { values } = create()
  expect(values('nodejs_heap_size_total_bytes')).toEqual({ '': 30 })
  expect(values('nodejs_heap_size_used_bytes')).toEqual({ '': 20 })
  expect(values('nodejs_external_memory_bytes')).toEqual({ '': 10 })
  expect(values('nodejs_heap_space_size_used_bytes')).toEqual({ 'space="new"': 5, 'space="read_only"': 4 })
  expect(values('nodejs_heap_space_size_available_bytes')).toEqual({ 'space="new"': 2, 'space="read_only"': 0 })
  expect(values('nodejs_eventloop_time_seconds_total')).toEqual({ 'state="active"': 1, 'state="idle"': 9 })
  expect(values('nodejs_version_info')).toEqual({ 'version="v24.11.1",major="24",minor="11",patch="1"': 1 })
})

test('collect() counts what is active by kind, and keeps kinds that are gone', () => {
  let resources = ['Timeout', 'Timeout', 'TCPSocketWrap']
  const { values, clock } = create({ resources: () => resources })
  expect(values('nodejs_active_resources')).toEqual({ 'type="Timeout"': 2, 'type="TCPSocketWrap"': 1 })
  expect(values('nodejs_active_handles')).toEqual({ 'type="Map"': 2, 'type="Set"': 1, 'type="other"': 1 })
  expect(values('nodejs_active_requests')).toEqual({})
  resources = ['Immediate']
  clock.advance(1_000)
  expect(values('nodejs_active_resources')).toEqual({
    'type="Timeout"': 0,
    'type="TCPSocketWrap"': 0,
    'type="Immediate"': 1,
  })
})

test("collect() bounds kinds, whose names can be anybody's", () => {
  const { metrics, values } = create({ resources: () => Array.from({ length: 500 }, (_, index) => `Kind${index}`) })
  expect(namesOf(metrics)).toContain('nodejs_active_resources')
  expect(Object.keys(values('nodejs_active_resources'))).toHaveLength(61)
  expect(values('nodejs_active_resources')['type="other"']).toBe(440)
})

test('collect() counts every collection of garbage by kind', () => {
  let tell: (kind: number, ms: number) => void = () => {}
  const { values } = create({
    watchGc: (listener) => {
      tell = listener
      return () => {}
    },
  })
  expect(values('nodejs_gc_duration_seconds')).toEqual({})
  for (const [kind, ms] of [
    [1, 0.5],
    [1, 2],
    [2, 2],
    [4, 150],
    [16, 1],
    [99, 1],
  ] as const)
    tell(kind, ms)
  expect(values('nodejs_gc_duration_seconds')).toMatchObject({
    'kind="minor"': {
      bounds: [0.001, 0.01, 0.1, 1, 2, 5],
      counts: [1, 3, 3, 3, 3, 3],
      count: 3,
      sum: expect.closeTo(0.0045, 10),
    },
    'kind="major"': { counts: [0, 0, 0, 1, 1, 1], count: 1, sum: 0.15 },
    'kind="weakcb"': { count: 1 },
    'kind="other"': { count: 1 },
  })
})

test('collect() reads a source once for those who ask together, and nothing before', () => {
  let reads = 0
  const { clock, metrics } = create({
    heap: () => {
      reads++
      return { total: 1, used: 1, external: 1 }
    },
  })
  const before = reads
  clock.advance(1_000)
  const families = metrics.collect()
  expect(reads).toBe(before)
  for (const family of families) [...family.rows()]
  expect(reads).toBe(before + 1)
  clock.advance(1_000)
  for (const family of families) [...family.rows()]
  expect(reads).toBe(before + 2)
})

test('collect() leaves out what the system does not tell', () => {
  const { metrics, values, faults } = create({
    files: NO_FILES,
    resources: () => undefined,
    handles: () => undefined,
    requests: () => undefined,
    loop: () => ({ idleMs: 1, activeMs: 1, turns: undefined }),
  })
  const names = namesOf(metrics)
  expect(names.filter((name) => /fds|virtual|process_heap|active_/.test(name))).toEqual([])
  expect(values('process_resident_memory_bytes')).toEqual({ '': 4_096 })
  expect(names).toContain('nodejs_heap_size_used_bytes')
  expect(faults).toEqual([])
})

test('collect() leaves out a limit that there is not', () => {
  const { metrics } = create(
    {},
    { '/proc/self/limits': 'Max open files            unlimited            unlimited            files\n' },
  )
  expect(namesOf(metrics)).not.toContain('process_max_fds')
})

test('collect() costs a source that fails its own lines, and tells of it once', () => {
  let isBroken = false
  const { clock, values, faults } = create({
    heap: () => {
      if (isBroken) throw new Error('no heap')
      return { total: 1, used: 1, external: 1 }
    },
  })
  isBroken = true
  for (let scrape = 0; scrape < 3; scrape++) {
    clock.advance(1_000)
    expect(values('nodejs_heap_size_used_bytes')).toEqual({})
    expect(values('process_cpu_seconds_total')).toEqual({ '': 3 })
  }
  expect(faults).toEqual([['heap', new Error('no heap')]])
  isBroken = false
  clock.advance(1_000)
  expect(values('nodejs_heap_size_used_bytes')).toEqual({ '': 1 })
  isBroken = true
  clock.advance(1_000)
  values('nodejs_heap_size_used_bytes')
  expect(faults).toHaveLength(2)
})

test('collect() leaves alone for minutes what is slow each time, and tells of it once', () => {
  let tookMs = 6
  let reads = 0
  let machine: Machine | undefined
  machine = create({
    handles: () => {
      reads++
      machine?.clock.advance(tookMs)
      return [1]
    },
  })
  const { clock, values, faults } = machine
  const scrape = (): unknown => {
    clock.advance(15_000)
    return values('nodejs_active_handles')
  }
  expect([scrape(), scrape(), scrape(), scrape()]).toEqual([{ 'type="Number"': 1 }, { 'type="Number"': 1 }, {}, {}])
  expect(faults).toEqual([['handles', new Error('Cannot read "handles" at each scrape as that takes 6 ms')]])
  const before = reads
  for (let minute = 0; minute < 20; minute++) for (let turn = 0; turn < 4; turn++) scrape()
  expect(reads - before).toBeLessThanOrEqual(4)
  expect(faults).toHaveLength(1)
  tookMs = 1
  clock.advance(300_000)
  expect(scrape()).toEqual({ 'type="Number"': 1 })
})

test('createProcessMetrics() goes on without what cannot be watched', () => {
  const { metrics, faults } = create({
    watchGc: () => {
      throw new Error('no observer')
    },
  })
  expect(faults).toEqual([['garbage collections', new Error('no observer')]])
  expect(namesOf(metrics)).toContain('process_cpu_seconds_total')
})

test('close() watches no more', () => {
  let watched = 1
  const { clock, metrics } = create({ watchGc: () => () => void watched-- })
  expect(clock.pending).toBe(1)
  metrics.close()
  expect([clock.pending, watched]).toEqual([0, 0])
})

/** Gauges whose names say counter. */
const LEFT_OUT = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

interface PromMetric {
  readonly name: string
  readonly type: string
  readonly values: readonly {
    readonly labels: Readonly<Record<string, string | number>>
    readonly value: number
    readonly metricName?: string
  }[]
}

/** Reads theirs before and after ours, as both are of a process that goes on. */
async function readBoth(): Promise<{
  ours: readonly { readonly family: Family; readonly rows: readonly Row[] }[]
  before: readonly PromMetric[]
  after: readonly PromMetric[]
}> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const theirs = async (): Promise<readonly PromMetric[]> =>
    (await registry.getMetricsAsJSON()) as unknown as readonly PromMetric[]
  const metrics = createProcessMetrics({ onFault: (_, error) => expect.fail(String(error)) })
  open.push(metrics)
  const before = await theirs()
  const ours = metrics.collect().map((family) => ({ family, rows: [...family.rows()] }))
  return { before, ours, after: await theirs() }
}

test('collect() has the names and types of prom-client, apart from those that promtool objects to', async () => {
  const { before, ours } = await readBoth()
  const types = Object.fromEntries(ours.map(({ family }) => [family.name, family.type]))
  for (const { name, type } of before) if (!LEFT_OUT.includes(name)) expect([name, types[name]]).toEqual([name, type])
  for (const name of LEFT_OUT) expect(types[name]).toBeUndefined()
  const extra = Object.keys(types).filter((name) => !before.some((metric) => metric.name === name))
  expect(extra).toEqual(['nodejs_eventloop_time_seconds_total'])
})

test('collect() has about the values of prom-client, with the same labels', async () => {
  const { before, ours, after } = await readBoth()
  let compared = 0
  for (const { family, rows } of ours) {
    const { name, type } = family
    // Each has seen other collections of garbage, and lags since another moment. CPU time is counted from the start of the process here.
    if (type === 'histogram' || /lag|cpu|eventloop_time/.test(name)) continue
    const [first, second] = [before, after].map((all) => all.find((metric) => metric.name === name)?.values ?? [])
    if (first === undefined || second === undefined) continue
    const labels = rows.map((row) => textOf(row.labels.labels))
    for (const value of first)
      if (second.some((other) => textOf(other.labels) === textOf(value.labels)))
        expect(labels, name).toContain(textOf(value.labels))
    const [our, one, other] = [rows, first, second].map((all) =>
      all.reduce((sum, { value }) => sum + (value as number), 0),
    ) as [number, number, number]
    expect(our, name).toBeGreaterThanOrEqual(Math.min(one, other) * 0.8 - 2)
    expect(our, name).toBeLessThanOrEqual(Math.max(one, other) * 1.25 + 2)
    compared++
  }
  expect(compared).toBeGreaterThan(10)
})

function textOf(labels: Readonly<Record<string, string | number>>): string {
  return JSON.stringify(
    Object.entries(labels)
      .map(([name, value]) => [name, String(value)])
      .sort(),
  )
}

test('collect() counts CPU time from the start of the process', () => {
  const before = process.cpuUsage()
  const metrics = createProcessMetrics({ onFault: () => {} })
  open.push(metrics)
  const [row] =
    metrics
      .collect()
      .find(({ name }) => name === 'process_cpu_user_seconds_total')
      ?.rows() ?? []
  const after = process.cpuUsage()
  expect(row?.value).toBeGreaterThanOrEqual(before.user / 1e6)
  expect(row?.value).toBeLessThanOrEqual(after.user / 1e6)
})

test('systemHost hears of collections of garbage', async () => {
  const heard: number[] = []
  const stop = systemHost.watchGc((kind) => heard.push(kind))
  let garbage: unknown[] = []
  while (heard.length === 0) {
    for (let index = 0; index < 10_000; index++) garbage.push({ index })
    garbage = []
    await setImmediate()
  }
  stop()
  expect(heard.length).toBeGreaterThan(0)
})
