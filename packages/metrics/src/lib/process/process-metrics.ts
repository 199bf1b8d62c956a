import { type Clock, systemClock } from '@breakwater/core'
import type { Collector, Family, Row } from '../series/family.ts'
import { createLabelSet, type LabelSet, NO_LABELS } from '../series/label-set.ts'
import { GcDurations } from './gc-durations.ts'
import { type ProcessHost, systemHost } from './host.ts'
import { classOf, KindCounts } from './kind-counts.ts'
import { type LagReading, LoopLag } from './loop-lag.ts'
import { type Source, Sources } from './sources.ts'
import { readMaxFds, readMemory } from './status.ts'

/** What process metrics are made of. */
export interface ProcessMetricsOptions {
  /**
   * Hears what could not be read, once until it can be read again.
   *
   * @param source What it was.
   * @param error Why.
   */
  readonly onFault: (source: string, error: unknown) => void
  /** @defaultValue the process that this runs in */
  readonly host?: ProcessHost | undefined
  /** @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

/** Metrics of the process, with the names of `prom-client`'s `collectDefaultMetrics`. */
export interface ProcessMetrics extends Collector {
  /** The same families each time. What the system does not tell is not among them. */
  collect(): readonly Family[]
  /** Looks no more at the event loop, and at collections of garbage. */
  close(): void
}

const ACTIVE = createLabelSet({ state: 'active' })
const IDLE = createLabelSet({ state: 'idle' })
const OF_LATE = 'over the last one to two minutes, in seconds.'

/**
 * Creates metrics of the process. Apart from a timer that fires once a second while the event loop is idle, everything
 * is read when somebody asks, and only what is asked for.
 *
 * Three names of `prom-client` are left out: `nodejs_active_handles_total`, `nodejs_active_requests_total` and
 * `nodejs_active_resources_total` are gauges whose names say counter, to which `promtool` objects. They are the sums of
 * what has the same name without `_total`.
 *
 * @param options What is read.
 */
export function createProcessMetrics({
  onFault,
  host = systemHost,
  clock = systemClock,
}: ProcessMetricsOptions): ProcessMetrics {
  const sources = new Sources(clock, onFault)
  const lag = new LoopLag(clock, () => host.loop())
  const gc = new GcDurations()
  const stopGc = sources.attempt('garbage collections', () => host.watchGc((kind, ms) => gc.record(kind, ms)))

  const families = [
    ...cpuFamilies(host, sources, clock),
    ...memoryFamilies(host, sources),
    ...descriptorFamilies(host, sources),
    ...lagFamilies(lag),
    ...loopFamilies(host, sources),
    ...heapFamilies(host, sources),
    versionFamily(host.version),
    family('histogram', 'nodejs_gc_duration_seconds', 'How long collections of garbage took, by kind.', () =>
      gc.rows(),
    ),
  ]
  return {
    name: 'process',
    collect: () => families,
    close() {
      lag.close()
      stopGc?.()
    },
  }
}

function family(type: Family['type'], name: string, help: string, rows: () => Iterable<Row>): Family {
  return { type, name, help, rows }
}

/** A family of one series that is one number of a source. None if the source does not have it. */
function numberOf<reading>(
  type: 'counter' | 'gauge',
  source: Source<reading>,
  name: string,
  help: string,
  pick: (reading: reading) => number | undefined,
): readonly Family[] {
  function read(): number | undefined {
    const reading = source.get()
    return reading === undefined ? undefined : pick(reading)
  }
  if (read() === undefined) return []
  const rows = (): readonly Row[] => {
    const value = read()
    return value === undefined ? [] : [{ labels: NO_LABELS, value }]
  }
  return [family(type, name, help, rows)]
}

function cpuFamilies(host: ProcessHost, sources: Sources, clock: Clock): readonly Family[] {
  const cpu = sources.create('cpu', () => host.cpu())
  // Once, as the system's clock may be set.
  const startedSeconds = Math.round(clock.epoch() / 1_000 - host.uptimeSeconds())
  const started = { get: () => startedSeconds }
  return [
    ...numberOf('counter', cpu, 'process_cpu_user_seconds_total', 'CPU time in user mode.', ({ user }) => user / 1e6),
    ...numberOf(
      'counter',
      cpu,
      'process_cpu_system_seconds_total',
      'CPU time in the kernel.',
      (times) => times.system / 1e6,
    ),
    ...numberOf('counter', cpu, 'process_cpu_seconds_total', 'CPU time.', ({ user, system }) => (user + system) / 1e6),
    ...numberOf('gauge', started, 'process_start_time_seconds', 'When the process began, since 1970.', (at) => at),
  ]
}

function memoryFamilies(host: ProcessHost, sources: Sources): readonly Family[] {
  const status = sources.create('/proc/self/status', () => readMemory(host.files))
  const resident = sources.create('resident memory', () => status.get()?.resident ?? host.rssBytes())
  return [
    ...numberOf('gauge', resident, 'process_resident_memory_bytes', 'Memory that is held.', (bytes) => bytes),
    ...numberOf(
      'gauge',
      status,
      'process_virtual_memory_bytes',
      'Addresses that are mapped.',
      ({ virtual }) => virtual,
    ),
    ...numberOf('gauge', status, 'process_heap_bytes', 'Size of the data segments.', ({ data }) => data),
  ]
}

function descriptorFamilies(host: ProcessHost, sources: Sources): readonly Family[] {
  const open = sources.create('/proc/self/fd', () => host.files.count('/proc/self/fd'))
  const most = sources.create('/proc/self/limits', () => readMaxFds(host.files))
  return [
    ...numberOf('gauge', open, 'process_open_fds', 'File descriptors that are open.', (count) => count),
    ...numberOf('gauge', most, 'process_max_fds', 'File descriptors that may be open.', (count) => count),
  ]
}

function lagFamilies(lag: LoopLag): readonly Family[] {
  const of = (name: string, help: string, pick: (reading: LagReading) => number): Family =>
    family('gauge', `nodejs_eventloop_lag${name}_seconds`, help, () => {
      const reading = lag.read()
      return reading === undefined ? [] : [{ labels: NO_LABELS, value: pick(reading) / 1_000 }]
    })
  return [
    of('', 'How late the event loop was at the last look.', ({ lastMs }) => lastMs),
    of('_min', `The least that the event loop was late ${OF_LATE}`, ({ minMs }) => minMs),
    of('_max', `The most that the event loop was late ${OF_LATE}`, ({ maxMs }) => maxMs),
    of('_mean', `How late the event loop was on average ${OF_LATE}`, ({ meanMs }) => meanMs),
    of('_stddev', `Standard deviation of how late the event loop was ${OF_LATE}`, ({ stddevMs }) => stddevMs),
    of('_p50', `How late the event loop was half of the time ${OF_LATE}`, ({ p50Ms }) => p50Ms),
    of('_p90', `90th percentile of how late the event loop was ${OF_LATE}`, ({ p90Ms }) => p90Ms),
    of('_p99', `99th percentile of how late the event loop was ${OF_LATE}`, ({ p99Ms }) => p99Ms),
  ]
}

function loopFamilies(host: ProcessHost, sources: Sources): readonly Family[] {
  const loop = sources.create('event loop', () => host.loop())
  const counted = (name: string, help: string, read: () => Iterable<string> | undefined): readonly Family[] => {
    const source = sources.create(name, read)
    const counts = new KindCounts()
    if (source.get() === undefined) return []
    const rows = (): readonly Row[] => {
      const kinds = source.get()
      return kinds === undefined ? [] : counts.rows(kinds)
    }
    return [family('gauge', `nodejs_active_${name}`, help, rows)]
  }
  return [
    family('counter', 'nodejs_eventloop_time_seconds_total', 'For how long the event loop worked, and waited.', () => {
      const times = loop.get()
      if (times === undefined) return []
      return [
        { labels: ACTIVE, value: times.activeMs / 1_000 },
        { labels: IDLE, value: times.idleMs / 1_000 },
      ]
    }),
    ...counted('resources', 'What keeps the event loop alive, by kind.', () => host.resources()),
    ...counted('handles', 'Open handles, by class.', () => host.handles()?.map(classOf)),
    ...counted('requests', 'Requests to the system under way, by class.', () => host.requests()?.map(classOf)),
  ]
}

function heapFamilies(host: ProcessHost, sources: Sources): readonly Family[] {
  const heap = sources.create('heap', () => host.heap())
  const spaces = sources.create('heap spaces', () => host.heapSpaces())
  // V8 has a dozen.
  const labels = new Map<string, LabelSet>()
  function labelsOf(name: string): LabelSet {
    const known = labels.get(name) ?? createLabelSet({ space: name.replace(/_space$/, '') })
    labels.set(name, known)
    return known
  }
  const spaceFamily = (field: 'total' | 'used' | 'available', help: string): Family =>
    family('gauge', `nodejs_heap_space_size_${field}_bytes`, help, () =>
      (spaces.get() ?? []).map((space) => ({ labels: labelsOf(space.name), value: space[field] })),
    )
  return [
    ...numberOf('gauge', heap, 'nodejs_heap_size_total_bytes', 'Memory that the heap has taken.', ({ total }) => total),
    ...numberOf('gauge', heap, 'nodejs_heap_size_used_bytes', 'Memory that the heap uses.', ({ used }) => used),
    ...numberOf(
      'gauge',
      heap,
      'nodejs_external_memory_bytes',
      'Memory that the heap holds outside.',
      (of) => of.external,
    ),
    spaceFamily('total', 'Memory that a part of the heap has taken.'),
    spaceFamily('used', 'Memory that a part of the heap uses.'),
    spaceFamily('available', 'Memory that a part of the heap can still use.'),
  ]
}

function versionFamily(version: string): Family {
  const [major = '', minor = '', patch = ''] = version.replace(/^v/, '').split('.')
  const labels = createLabelSet({ version, major, minor, patch })
  return family('gauge', 'nodejs_version_info', 'Version of Node.js.', () => [{ labels, value: 1 }])
}
