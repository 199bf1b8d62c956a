import type { Measurement } from '@breakwater/core'
import { rankOf } from './level/level.ts'
import { BUILT_IN_SIGNALS } from './level/options.ts'
import type { MemoryLimit, MemoryReading } from './sample/memory.ts'
import type { PressureReadings } from './sample/pressure.ts'
import type { ConnectionsSnapshot, CpuSnapshot, MonitorSnapshot } from './snapshot.ts'

type Labels = Readonly<Record<string, string>>

/** What a scrape sees. What nobody knows is left out: it would look like nothing. */
export function measureSnapshot(snapshot: MonitorSnapshot, forcedGcs: number): readonly Measurement[] {
  const { memory, cpu, pressure, eventLoop, gc, handles, connections, requests, leak, scaling } = snapshot
  return [
    ...measureLevels(snapshot),
    ...(memory === undefined ? [] : measureMemory(memory)),
    ...(cpu === undefined ? [] : measureCpu(cpu)),
    ...(pressure === undefined ? [] : measurePressure(pressure)),
    ...gauge(
      'monitor_event_loop_utilization_ratio',
      'Share of the time in which the event loop was not idle.',
      eventLoop.utilizationRatio,
    ),
    ...gauge(
      'monitor_event_loop_delay_seconds',
      'How late a timer was at the last sample.',
      inSeconds(eventLoop.delayMs),
    ),
    ...Object.entries(gc.kinds).flatMap(([type, { count, seconds }]) => [
      counter('monitor_gc_runs_total', 'Garbage collections.', count, { type }),
      counter('monitor_gc_seconds_total', 'Time that garbage collections took.', seconds, { type }),
    ]),
    counter('monitor_gc_forced_total', 'Garbage collections that were forced.', forcedGcs),
    ...gauge('monitor_handles', 'Sockets, timers and files that the event loop holds.', handles),
    ...measureConnections(connections),
    ...gauge(
      'monitor_response_time_seconds',
      'How long responses took on average, between the last two samples.',
      inSeconds(requests.responseTimeMs),
    ),
    ...gauge('monitor_retained_bytes', 'What the last major garbage collection left.', leak?.retainedBytes),
    ...gauge(
      'monitor_leak_bytes_per_second',
      'By how much what collections leave grows.',
      leak?.bytesPerHour === undefined ? undefined : leak.bytesPerHour / 3_600,
    ),
    ...gauge('monitor_leak_suspected', 'Whether a leak is suspected: 1 or 0.', leak && Number(leak.isSuspected)),
    ...gauge('monitor_wanted_replicas', 'How many processes are wanted.', scaling.wantedReplicas),
    ...gauge('monitor_load_ratio', 'How much of what it can do is asked of a process, smoothed.', scaling.loadRatio),
  ]
}

function measureLevels({ signals, underPressure }: MonitorSnapshot): readonly Measurement[] {
  const builtIn: readonly string[] = BUILT_IN_SIGNALS
  return [
    ...gauge('monitor_under_pressure', 'Whether the process is under pressure: 1 or 0.', Number(underPressure)),
    ...Object.entries(signals).flatMap(([signal, { level }]) =>
      gauge('monitor_level', 'How a signal is: 0 ok, 1 warning, 2 critical.', rankOf(level), { signal }),
    ),
    ...Object.entries(signals)
      .filter(([signal]) => !builtIn.includes(signal))
      .flatMap(([signal, { value }]) => gauge('monitor_signal_value', 'A signal of your own.', value, { signal })),
  ]
}

function measureMemory(memory: MemoryReading): readonly Measurement[] {
  // Nested containers have several limits of one source: the nearest one counts, and stands first.
  const nearest = new Map<string, MemoryLimit>()
  for (const limit of memory.limits) if (!nearest.has(limit.source)) nearest.set(limit.source, limit)
  return [
    ...gauge('monitor_memory_used_ratio', 'Memory used of the nearest limit.', memory.usedRatio),
    ...gauge('monitor_memory_rss_bytes', 'Memory that the process holds.', memory.rssBytes),
    ...gauge('monitor_heap_used_bytes', 'Used part of the heap, garbage included.', memory.heapUsedBytes),
    ...gauge('monitor_heap_size_bytes', 'Memory that the heap has taken.', memory.heapTotalBytes),
    ...gauge(
      'monitor_external_bytes',
      'Memory outside of the heap that it holds, such as buffers.',
      memory.externalBytes,
    ),
    ...[...nearest.values()].flatMap(({ source, limitBytes, usedRatio }) => [
      ...gauge('monitor_memory_limit_bytes', 'How much memory may be used.', limitBytes, { source }),
      ...gauge('monitor_memory_limit_used_ratio', 'Memory used of each limit.', usedRatio, { source }),
    ]),
  ]
}

function measureCpu(cpu: CpuSnapshot): readonly Measurement[] {
  const windows = ['1m', '5m', '15m']
  return [
    ...gauge('monitor_cpu_used_ratio', 'CPU time used of what may be used.', cpu.usedRatio),
    ...gauge('monitor_cpu_used_cores', 'CPUs that the process kept busy.', cpu.usedCores),
    ...gauge('monitor_cpu_limit_cores', 'CPUs that the process may keep busy.', cpu.limitCores, {
      source: cpu.limitSource,
    }),
    counter('monitor_cpu_throttled_periods_total', 'How often the quota was used up.', cpu.throttledPeriods),
    counter('monitor_cpu_throttled_seconds_total', 'How long CPUs were held back by the quota.', cpu.throttledSeconds),
    ...cpu.loadAverage.flatMap((load, index) =>
      gauge('monitor_load_average', 'Tasks that ran or waited for a CPU of the machine.', load, {
        window: windows[index] ?? '',
      }),
    ),
  ]
}

function measurePressure(pressure: PressureReadings): readonly Measurement[] {
  return Object.entries(pressure).flatMap(([resource, { someRatio, fullRatio, someSeconds, fullSeconds }]) =>
    [
      { kind: 'some', ratio: someRatio, seconds: someSeconds },
      { kind: 'full', ratio: fullRatio, seconds: fullSeconds },
    ].flatMap(({ kind, ratio, seconds }) => [
      ...gauge('monitor_pressure_stall_ratio', 'Share of the last 10 s in which tasks waited.', ratio, {
        resource,
        kind,
      }),
      counter('monitor_pressure_stall_seconds_total', 'How long tasks waited.', seconds, { resource, kind }),
    ]),
  )
}

function measureConnections(connections: ConnectionsSnapshot): readonly Measurement[] {
  const { active, upgraded, total, readBytes, writtenBytes } = connections
  const help = 'What went over connections.'
  return [
    ...gauge('monitor_connections_active', 'Open connections.', active),
    ...gauge('monitor_connections_upgraded', 'Open connections that left HTTP.', upgraded),
    counter('monitor_connections_total', 'Connections.', total),
    counter('monitor_network_bytes_total', help, readBytes, { direction: 'received' }),
    counter('monitor_network_bytes_total', help, writtenBytes, { direction: 'sent' }),
  ]
}

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1_000
}

function gauge(name: string, help: string, value: number | undefined, labels?: Labels): readonly Measurement[] {
  return value === undefined ? [] : [{ name, help, kind: 'gauge', labels, value }]
}

function counter(name: string, help: string, value: number, labels?: Labels): Measurement {
  return { name, help, kind: 'counter', labels, value }
}
