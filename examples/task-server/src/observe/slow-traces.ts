import { type Clock, systemClock } from '@breakwater/core'
import {
  type Attributes,
  type AttributeValue,
  type Context,
  type HrTime,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'

/** One request that was among the slowest of its route. */
export interface SlowTrace {
  /** 32 hexadecimal digits. Lines of the log have the same. */
  readonly traceId: string
  /** Of the request, such as `GET /api/v1/tasks/:id`. */
  readonly name: string
  /** When it began, in Unix milliseconds. */
  readonly startedAt: number
  /** How long it took, in milliseconds. */
  readonly durationMs: number
  /** The request itself and what was done in it, in the order in which it began. */
  readonly spans: readonly SlowSpan[]
  /** How many more there were. */
  readonly droppedSpans: number
}

/** Something that was done in a request. */
export interface SlowSpan {
  /** 16 hexadecimal digits. */
  readonly spanId: string
  /** In which span it was done. Of the request itself that of its caller, if there is one. */
  readonly parentSpanId: string | undefined
  /** What it is. */
  readonly name: string
  /** When it began, in milliseconds after the request. */
  readonly startMs: number
  /** How long it took, in milliseconds. */
  readonly durationMs: number
  /** Whether it failed. */
  readonly isError: boolean
  /** What is known of it. No values of statements, and no text of errors. */
  readonly attributes: Attributes
}

/** Which traces are wanted. */
export interface SlowTraceQuery {
  /** Of which route, such as `GET /api/v1/tasks/:id`. @defaultValue all of them */
  readonly name?: string | undefined
  /** How many at most. @defaultValue 20 */
  readonly limit?: number | undefined
  /** How long they took at least, in milliseconds. @defaultValue 0 */
  readonly minMs?: number | undefined
}

/** Keeps the slowest traces of the last minutes, for who has no other place to look at them. */
export interface SlowTraces extends SpanProcessor {
  /** The slowest first. */
  slowest(query?: SlowTraceQuery): readonly SlowTrace[]
}

/** Options of {@link createSlowTraces}. */
export interface SlowTraceOptions {
  /** How many of each name. @defaultValue 5 */
  readonly perName?: number | undefined
  /** How many names; what comes when there are so many is kept as one. @defaultValue 100, over twice the routes of this server */
  readonly maxNames?: number | undefined
  /** How many spans of each trace, the request itself included. @defaultValue 32 */
  readonly maxSpans?: number | undefined
  /** Milliseconds for which they are kept. @defaultValue 15 minutes */
  readonly keepForMs?: number | undefined
  /** @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

/** Of which request a span is a part: noted on the span itself, so that nothing is left of requests that are over. */
const GROUP: unique symbol = Symbol('group')

type Marked = ReadableSpan & { [GROUP]?: Group }

interface Group {
  readonly root: ReadableSpan
  /** What has ended by now, in that order. */
  readonly spans: ReadableSpan[]
  dropped: number
  isOver: boolean
}

interface Kept {
  readonly group: Group
  readonly durationMs: number
  readonly endedAtMs: number
}

const OTHER = '(other)'
const MAX_TEXT_LENGTH = 500

/**
 * Creates what keeps the slowest traces. All that it does for a request which is none of these is to compare a few numbers.
 *
 * @param options How many are kept, and for how long.
 */
export function createSlowTraces(options: SlowTraceOptions = {}): SlowTraces {
  const { perName = 5, maxNames = 100, maxSpans = 32, keepForMs = 900_000, clock = systemClock } = options
  const byName = new Map<string, Kept[]>()

  function keep(group: Group): void {
    const { root } = group
    const kept = keptOf(root.name)
    const candidate: Kept = { group, durationMs: toMs(root.duration), endedAtMs: clock.epoch() }
    const place = placeFor(candidate, kept)
    if (place !== undefined) kept[place] = candidate
  }

  function placeFor({ durationMs, endedAtMs }: Kept, kept: readonly Kept[]): number | undefined {
    let place: number | undefined
    let leastMs = durationMs
    for (const [index, other] of kept.entries()) {
      if (endedAtMs - other.endedAtMs > keepForMs) return index
      if (other.durationMs >= leastMs) continue
      leastMs = other.durationMs
      place = index
    }
    return kept.length < perName ? kept.length : place
  }

  function keptOf(name: string): Kept[] {
    const known = byName.get(name)
    if (known !== undefined) return known
    if (byName.size >= maxNames) forgetOld()
    const free = byName.size < maxNames ? name : OTHER
    const kept = byName.get(free) ?? []
    byName.set(free, kept)
    return kept
  }

  function forgetOld(): void {
    for (const [name, kept] of byName) if (!kept.some(isRecent)) byName.delete(name)
  }

  function isRecent({ endedAtMs }: Kept): boolean {
    return clock.epoch() - endedAtMs <= keepForMs
  }

  return {
    onStart(span: Marked, from: Context) {
      const parent = trace.getSpan(from) as Marked | undefined
      span[GROUP] = parent?.[GROUP] ?? { root: span, spans: [], dropped: 0, isOver: false }
    },
    onEnd(span: Marked) {
      const group = span[GROUP]
      if (group === undefined || group.isOver) return
      if (group.root === span) {
        group.isOver = true
        keep(group)
      } else if (group.spans.length < maxSpans - 1) group.spans.push(span)
      else group.dropped++
    },
    slowest({ name, limit = 20, minMs = 0 } = {}) {
      return [...byName.values()]
        .flat()
        .filter(
          (kept) =>
            isRecent(kept) && kept.durationMs >= minMs && (name ?? kept.group.root.name) === kept.group.root.name,
        )
        .sort((a, b) => b.durationMs - a.durationMs)
        .slice(0, limit)
        .map(describe)
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  }
}

function describe({ group: { root, spans, dropped }, durationMs }: Kept): SlowTrace {
  const startedAt = toMs(root.startTime)
  const described = [root, ...spans].map((span): SlowSpan => {
    const { name, parentSpanContext, startTime, duration, status, attributes } = span
    return {
      spanId: span.spanContext().spanId,
      parentSpanId: parentSpanContext?.spanId,
      name,
      startMs: rounded(toMs(startTime) - startedAt),
      durationMs: rounded(toMs(duration)),
      isError: status.code === SpanStatusCode.ERROR,
      attributes: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, shortened(value)])),
    }
  })
  return {
    traceId: root.spanContext().traceId,
    name: root.name,
    startedAt: Math.round(startedAt),
    durationMs: rounded(durationMs),
    spans: described.sort((a, b) => a.startMs - b.startMs),
    droppedSpans: dropped,
  }
}

function shortened(value: AttributeValue | undefined): AttributeValue | undefined {
  return typeof value === 'string' && value.length > MAX_TEXT_LENGTH ? `${value.slice(0, MAX_TEXT_LENGTH)}…` : value
}

function toMs([seconds, nanoseconds]: HrTime): number {
  return seconds * 1_000 + nanoseconds / 1e6
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}
