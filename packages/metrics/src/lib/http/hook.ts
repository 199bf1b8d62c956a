import type { Clock, HttpExchange, HttpHook } from '@breakwater/core'
import type { Timing } from '../bottlenecks/track.ts'
import { type Exemplars, isKept, type SpanIds } from './exemplars.ts'
import { CLIENT_CLOSED } from './names.ts'
import { NO_ROW, type RequestTable } from './request-table.ts'
import { RequestNote, RequestNotes, type ResponseSizes } from './response-sizes.ts'
import type { Upgrades } from './upgrades.ts'

/** What {@link createRequestHook} writes to. */
export interface RequestHookOptions {
  /** Where requests are counted. */
  readonly table: RequestTable
  /** Knows the bytes of responses, if the raw server is seen. */
  readonly sizes: ResponseSizes
  /** Knows which requests are upgrades, if the raw server is seen. */
  readonly upgrades: Upgrades
  /** Where exemplars are kept, and who says which span is active. */
  readonly exemplars?: { readonly kept: Exemplars; readonly activeSpan: () => SpanIds | undefined } | undefined
  /**
   * Hears of every request that ended.
   *
   * @param exchange The exchange.
   * @param timing When it ended, and how long it took up to its head. Used again for another one.
   * @param row Its row in the table; {@link NO_ROW} if it has none of its own.
   */
  readonly onEnded: (exchange: HttpExchange, timing: Timing, row: number) => void
  /** Where time comes from. */
  readonly clock: Clock
}

/** Creates what counts requests, each once, when it is over. */
export function createRequestHook(options: RequestHookOptions): HttpHook {
  const { table, sizes, upgrades, exemplars, onEnded, clock } = options
  const notes = new RequestNotes()

  return {
    onStart(exchange, slot) {
      table.countInFlight(exchange.method, 1)
      if (upgrades.isUnderWay) exchange.slots[slot] = upgrades.claim(exchange)
    },
    onHead(exchange, slot) {
      const { slots } = exchange
      if (slots[slot] !== undefined) return
      const note = notes.take()
      slots[slot] = note
      note.headAtMs = clock.now()
      sizes.expect(exchange, note)
      // Later on, the span of the request is no longer the active one.
      if (exemplars !== undefined) note.span = askedSpan(exemplars.activeSpan)
    },
    onEnd(exchange, slot) {
      const { method, slots } = exchange
      table.countInFlight(method, -1)
      const kept = slots[slot]
      const hasHead = kept instanceof RequestNote
      // The connection is somebody else's by now, and was counted when it became so.
      if (!hasHead && upgrades.isClaim(kept)) return
      slots[slot] = undefined
      const note = hasHead ? kept : notes.take()
      const { startedAtMs } = exchange
      const nowMs = clock.now()
      note.endedAtMs = nowMs
      note.ms = (hasHead ? note.headAtMs : nowMs) - startedAtMs
      const row = table.rowOf(exchange.route, method, statusOf(exchange))
      const seconds = nowMs > startedAtMs ? (nowMs - startedAtMs) / 1_000 : 0
      const bucket = table.recordDuration(row, seconds)
      table.recordSizes(row, requestSizeOf(exchange), sizes.settle(exchange, note))
      if (note.span !== undefined) exemplars?.kept.keep(row, bucket, note.span, seconds, clock.epoch())
      onEnded(exchange, note, row === table.overflow ? NO_ROW : row)
      notes.giveBack(note)
    },
  }
}

/** Never the status that an ended client did not get, or that a response had that was cut. */
function statusOf({ outcome, status }: HttpExchange): number {
  if (outcome === 'aborted') return CLIENT_CLOSED
  return outcome === 'failed' && status < 500 ? 500 : status
}

/** What has no length is sent in pieces, of which nobody knows the bytes, or has no body. */
function requestSizeOf(exchange: HttpExchange): number | undefined {
  const { method } = exchange
  if (method === 'GET' || method === 'HEAD') return undefined
  const length = exchange.header('content-length')
  if (length !== undefined) return Number(length)
  return exchange.header('transfer-encoding') === undefined ? 0 : undefined
}

/** A port that throws has no span: the request goes on without an exemplar. */
function askedSpan(activeSpan: () => SpanIds | undefined): SpanIds | undefined {
  try {
    const span = activeSpan()
    return isKept(span) ? { traceId: span.traceId, spanId: span.spanId } : undefined
  } catch {
    return undefined
  }
}
