import type { Recent, Summary, Track } from './track.ts'
import { SLOTS, WINDOWS } from './track.ts'

/** In which order a view is read. `time`: what took most time in all. `p95`: what is slowest. `failures`: what fails most often. `trend`: what got slower most. */
export type BottleneckOrder = 'time' | 'p95' | 'failures' | 'trend'

/** Which part of a view to read. */
export interface BottleneckQuery {
  /**
   * What comes first.
   *
   * @defaultValue `'time'`
   */
  readonly by?: BottleneckOrder | undefined
  /**
   * How many of each kind, at least 1.
   *
   * @defaultValue `10`
   */
  readonly limit?: number | undefined
  /** Only this kind, such as `route`; all if not given. */
  readonly kind?: string | undefined
}

/**
 * What stands out. `dominant`: takes at least half of all the time of its kind, which has several names. `slower`: its
 * 95th percentile is at least 1.5 times what it was, and at least 5 ms more. `failing`: at least one in twenty fails.
 */
export type BottleneckSign = 'dominant' | 'slower' | 'failing'

/** How something is now, compared with the time before the window. */
export interface BottleneckTrend {
  /** `new`: there is nothing to compare with. `slower` and `faster`: the 95th percentile changed by half or more, and by at least 5 ms. */
  readonly direction: 'new' | 'slower' | 'steady' | 'faster'
  /** The median over earlier windows of the 95th percentile, in milliseconds. */
  readonly p95MsBefore?: number | undefined
  /** The 95th percentile now over that before; not given if that was 0. */
  readonly p95Ratio?: number | undefined
  /** Calls a second now over those before. */
  readonly callsRatio?: number | undefined
  /** Share of the calls before that failed. */
  readonly failureRatioBefore?: number | undefined
}

/** One earlier window. */
export interface BottleneckWindow {
  /** When it began, in Unix milliseconds. */
  readonly startedAt: number
  /** How many calls ended in it. */
  readonly calls: number
  /** How many of them failed. */
  readonly failures: number
  /** Mean duration in milliseconds. */
  readonly meanMs: number
  /** 95th percentile in milliseconds. */
  readonly p95Ms: number
  /** Longest in milliseconds. */
  readonly maxMs: number
}

/** One name, such as a route or a query, and how it fared. */
export interface Bottleneck {
  /** Which view it belongs to, such as `route`, `query`, `load` or `dependency`. */
  readonly kind: string
  /** What it is, such as `GET /api/tasks/:id`. `(other)` is all that had no place of its own. */
  readonly name: string
  /** How many calls ended in the window. */
  readonly calls: number
  /** Calls a second, over the part of the window that was watched. */
  readonly callsPerSecond: number
  /** How many of them failed. */
  readonly failures: number
  /** Share of them that failed. */
  readonly failureRatio: number
  /** Milliseconds that they took in all. */
  readonly totalMs: number
  /** Share of the time of all names of this kind. */
  readonly timeRatio: number
  /** Mean duration in milliseconds. */
  readonly meanMs: number
  /** Median in milliseconds. Like all percentiles off by at most a quarter, and seldom by more than some percent. */
  readonly p50Ms: number
  /** 95th percentile in milliseconds. */
  readonly p95Ms: number
  /** 99th percentile in milliseconds. */
  readonly p99Ms: number
  /** Longest in milliseconds. */
  readonly maxMs: number
  /** Compared with the time before the window. */
  readonly trend: BottleneckTrend
  /** What stands out; empty if nothing does. */
  readonly signs: readonly BottleneckSign[]
  /** Earlier windows with calls, oldest first. */
  readonly history: readonly BottleneckWindow[]
}

/** All names of one kind. */
export interface BottleneckKind {
  /** The kind. */
  readonly kind: string
  /** How many names had calls in the window. */
  readonly names: number
  /** How many calls ended in the window. */
  readonly calls: number
  /** Milliseconds that they took in all. */
  readonly totalMs: number
  /** The first ones in the order that was asked for. */
  readonly top: readonly Bottleneck[]
}

/** What is slow in this process. Can be sent as JSON as it is. */
export interface BottleneckReport {
  /** When it was made, in Unix milliseconds. */
  readonly madeAt: number
  /** Milliseconds that it looks back. Its end is cut in steps of a tenth, so that it is up to a tenth shorter. */
  readonly windowMs: number
  /** Milliseconds before the window that it compares with. */
  readonly historyMs: number
  /** The order of each list. */
  readonly by: BottleneckOrder
  /** Kinds that had calls in the window, that which took most time first. */
  readonly kinds: readonly BottleneckKind[]
  /** Everything that stands out, that which took most time first; at most `limit` of each kind. */
  readonly standingOut: readonly Bottleneck[]
}

/** Less is noise, and nobody's trouble. */
const LEAST_CHANGE_MS = 5
const CHANGE_RATIO = 1.5
const FAILING_RATIO = 0.05
const DOMINANT_RATIO = 0.5

/** When something is reported, and over which time. */
export interface ReportTime {
  /** The time on the clock that tracks go by. */
  readonly nowMs: number
  /** What to add to it for Unix time. */
  readonly epochOffsetMs: number
  /** When tracks began. */
  readonly startedMs: number
  readonly slotMs: number
}

/**
 * Reads all tracks of a kind.
 *
 * @returns `undefined` if there were no calls in the window.
 */
export function reportKind(
  kind: string,
  tracks: Iterable<Track>,
  time: ReportTime,
  by: BottleneckOrder,
  limit: number,
): (BottleneckKind & { readonly standingOut: readonly Bottleneck[] }) | undefined {
  const read: { readonly track: Track; readonly now: Recent }[] = []
  let calls = 0
  let totalMs = 0
  for (const track of tracks) {
    track.advance(time.nowMs)
    const now = track.recent()
    if (now.calls === 0) continue
    read.push({ track, now })
    calls += now.calls
    totalMs += now.totalMs
  }
  if (read.length === 0) return
  const found = read.map(({ track, now }) => describe(kind, track, now, time, totalMs, read.length))
  const byTime = found.sort(ORDERS.time)
  return {
    kind,
    names: read.length,
    calls,
    totalMs,
    top: [...byTime].sort(ORDERS[by]).slice(0, limit),
    standingOut: byTime.filter(({ signs }) => signs.length > 0).slice(0, limit),
  }
}

const ORDERS: Readonly<Record<BottleneckOrder, (a: Bottleneck, b: Bottleneck) => number>> = {
  time: (a, b) => b.totalMs - a.totalMs,
  p95: (a, b) => b.p95Ms - a.p95Ms,
  failures: (a, b) => b.failureRatio - a.failureRatio || b.failures - a.failures,
  trend: (a, b) => (b.trend.p95Ratio ?? 0) - (a.trend.p95Ratio ?? 0),
}

function describe(
  kind: string,
  track: Track,
  now: Recent,
  time: ReportTime,
  kindMs: number,
  names: number,
): Bottleneck {
  const { nowMs, slotMs, startedMs } = time
  const windowMs = slotMs * SLOTS
  const fromSlot = Math.floor(nowMs / slotMs) - SLOTS + 1
  const fromMs = Math.max(fromSlot * slotMs, startedMs)
  // No more than what was watched, and no less than what makes a rate of it.
  const watchedSeconds = Math.max(nowMs - fromMs, slotMs / SLOTS) / 1_000
  const failureRatio = now.failures / now.calls
  const timeRatio = kindMs === 0 ? 0 : now.totalMs / kindMs
  const callsPerSecond = now.calls / watchedSeconds
  // Whole windows that ended before this one began.
  const lastWindow = Math.floor(fromSlot / SLOTS) - 1
  const past = track.past(lastWindow - WINDOWS + 1, lastWindow)
  const trend = compare(now, callsPerSecond, past, windowMs)
  const signs: BottleneckSign[] = []
  if (timeRatio >= DOMINANT_RATIO && names > 1) signs.push('dominant')
  if (trend.direction === 'slower') signs.push('slower')
  if (failureRatio >= FAILING_RATIO) signs.push('failing')
  return {
    kind,
    name: track.name,
    calls: now.calls,
    callsPerSecond,
    failures: now.failures,
    failureRatio,
    totalMs: now.totalMs,
    timeRatio,
    meanMs: now.totalMs / now.calls,
    p50Ms: now.p50Ms,
    p95Ms: now.p95Ms,
    p99Ms: now.p99Ms,
    maxMs: now.maxMs,
    trend,
    signs,
    history: past.map(({ window, calls, failures, totalMs, p95Ms, maxMs }) => ({
      startedAt: Math.round(window * windowMs + time.epochOffsetMs),
      calls,
      failures,
      meanMs: totalMs / calls,
      p95Ms,
      maxMs,
    })),
  }
}

function compare(now: Summary, callsPerSecond: number, past: readonly Summary[], windowMs: number): BottleneckTrend {
  if (past.length === 0) return { direction: 'new' }
  const calls = past.reduce((sum, window) => sum + window.calls, 0)
  const failures = past.reduce((sum, window) => sum + window.failures, 0)
  const p95MsBefore = median(past.map(({ p95Ms }) => p95Ms))
  const changeMs = now.p95Ms - p95MsBefore
  const isMuch = Math.abs(changeMs) >= LEAST_CHANGE_MS
  let direction: BottleneckTrend['direction'] = 'steady'
  if (isMuch && now.p95Ms >= p95MsBefore * CHANGE_RATIO) direction = 'slower'
  else if (isMuch && now.p95Ms * CHANGE_RATIO <= p95MsBefore) direction = 'faster'
  return {
    direction,
    p95MsBefore,
    p95Ratio: p95MsBefore > 0 ? now.p95Ms / p95MsBefore : undefined,
    callsRatio: callsPerSecond / (calls / ((past.length * windowMs) / 1_000)),
    failureRatioBefore: failures / calls,
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}
