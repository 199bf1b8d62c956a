import type { Call, LiveHistory } from './history.ts'

/** Milliseconds, most of them from when a request was due. */
export interface Times {
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** What became of all requests that were due. */
export interface Outcomes {
  readonly due: number
  readonly ok: number
  readonly refused: number
  readonly failed: number
  readonly late: number
  readonly unsent: number
}

/** What a run was like for its clients. */
export interface ClientNumbers {
  readonly outcomes: Outcomes
  /** Of all that were due. What has no answer counts with the whole time limit. */
  readonly all: Times
  readonly reads: Times
  readonly writes: Times
  /** Of those that were answered and not refused. */
  readonly accepted: Times
  /** Of requests over WebSockets. */
  readonly messages: Times
  readonly messageOutcomes: Outcomes
  /** From when an acknowledged write was due until each other client of its board was told. */
  readonly updates: Times
  /** Megabits per second to all sockets together. */
  readonly socketMbits: number
  /** Megabits per second to the one that got most. */
  readonly busiestSocketMbits: number
  /** How often sockets were closed, by code. */
  readonly closes: Readonly<Record<string, number>>
  /** By second in which it was due. */
  readonly seconds: readonly Second[]
}

/** One second of a run. */
export interface Second {
  readonly mean: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly ok: number
  readonly refused: number
  /** Failed, late and unsent. */
  readonly failed: number
  /** Of updates that were told in it. */
  readonly updateP99: number
}

/**
 * Sums up what clients saw.
 *
 * @param calls What they did.
 * @param live What sockets saw.
 * @param span When it began, how long it was, and the time limit.
 */
export function toClientNumbers(
  calls: readonly Call[],
  live: readonly LiveHistory[],
  span: { readonly startAtMs: number; readonly durationMs: number; readonly timeoutMs: number },
): ClientNumbers {
  const { durationMs, timeoutMs } = span
  const tookMs = (call: Call): number =>
    isAnswered(call) ? (call.endMs as number) - call.dueMs : Math.max((call.endMs ?? 0) - call.dueMs, timeoutMs)
  const judged = calls.map((call) => (isAnswered(call) && tookMs(call) >= timeoutMs ? asLate(call) : call))
  const http = judged.filter(({ via }) => via === 'http')
  const messages = judged.filter(({ via }) => via === 'socket')
  const updates = updateTimes(calls, live)
  const isRead = ({ method }: Call): boolean => method === 'get' || method === 'list'
  const mbits = live.map(({ bytes }) => (bytes * 8) / 1_000 / durationMs)
  return {
    outcomes: countOutcomes(http),
    all: toTimes(http.map(tookMs)),
    reads: toTimes(http.filter(isRead).map(tookMs)),
    writes: toTimes(http.filter((call) => !isRead(call)).map(tookMs)),
    accepted: toTimes(http.filter(({ outcome }) => outcome === 'ok').map(tookMs)),
    messages: toTimes(messages.map(tookMs)),
    messageOutcomes: countOutcomes(messages),
    updates: toTimes(updates.map(({ tookMs: ms }) => ms)),
    socketMbits: mbits.reduce((sum, each) => sum + each, 0),
    busiestSocketMbits: mbits.reduce((most, each) => Math.max(most, each), 0),
    closes: countCloses(live),
    seconds: toSeconds(http, updates, span, tookMs),
  }
}

function countCloses(live: readonly LiveHistory[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { events } of live)
    for (const event of events) if (event.kind === 'close') counts[event.code] = (counts[event.code] ?? 0) + 1
  return counts
}

function toSeconds(
  http: readonly Call[],
  updates: readonly Told[],
  { startAtMs, durationMs }: { readonly startAtMs: number; readonly durationMs: number },
  tookMs: (call: Call) => number,
): readonly Second[] {
  const secondOf = (ms: number): number => Math.floor((ms - startAtMs) / 1_000)
  const due = Map.groupBy(http, (call) => secondOf(call.dueMs))
  const told = Map.groupBy(updates, ({ atMs }) => secondOf(atMs))
  return Array.from({ length: Math.ceil(durationMs / 1_000) }, (_, second) => {
    const calls = due.get(second) ?? []
    const { mean, p50, p95, p99 } = toTimes(calls.map(tookMs))
    const { ok, refused, failed, late, unsent } = countOutcomes(calls)
    const updateP99 = toTimes((told.get(second) ?? []).map((one) => one.tookMs)).p99
    return { mean, p50, p95, p99, ok, refused, failed: failed + late + unsent, updateP99 }
  })
}

function isAnswered({ outcome, endMs }: Call): boolean {
  return (outcome === 'ok' || outcome === 'refused' || outcome === 'failed') && endMs !== undefined
}

/** Nobody waited for it any more. */
function asLate(call: Call): Call {
  return { ...call, outcome: 'late' }
}

function countOutcomes(calls: readonly Call[]): Outcomes {
  const counts = { ok: 0, refused: 0, failed: 0, late: 0, unsent: 0 }
  for (const { outcome } of calls) counts[outcome]++
  return { due: calls.length, ...counts }
}

/**
 * Sums up milliseconds.
 *
 * @param all In any order; zeros if there is none.
 */
export function toTimes(all: readonly number[]): Times {
  const sorted = Float64Array.from(all).sort()
  const { length } = sorted
  const at = (q: number): number => sorted[Math.ceil(length * q) - 1] ?? 0
  const mean = length === 0 ? 0 : sorted.reduce((sum, ms) => sum + ms, 0) / length
  return { count: length, mean, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}

/** A change that a socket was told of. */
interface Told {
  readonly atMs: number
  readonly tookMs: number
}

/** One per change and socket, but for the one that made it. */
function updateTimes(calls: readonly Call[], live: readonly LiveHistory[]): readonly Told[] {
  const writes = new Map<string, Call>()
  for (const call of calls) {
    if (call.outcome !== 'ok' || call.id === undefined || call.status >= 300) continue
    if (call.method === 'delete') writes.set(call.id, call)
    else if (call.method !== 'get') writes.set(`${call.id} ${call.version}`, call)
  }
  return live.flatMap(({ client, events }) =>
    events.flatMap((event) => {
      if (event.kind !== 'changes') return []
      return event.changes.flatMap(({ taskId, taskVersion }) => {
        const write = writes.get(taskVersion === undefined ? taskId : `${taskId} ${taskVersion}`)
        if (write === undefined || (write.via === 'socket' && write.client === client)) return []
        return [{ atMs: event.atMs, tookMs: event.atMs - write.dueMs }]
      })
    }),
  )
}
