import type { Clock, HttpExchange, HttpHook, HttpServerHook } from '@breakwater/core'
import type { Bursts } from './bursts.ts'
import type { ResolvedRequestOptions } from './options.ts'

/** How loud a line is. */
export type Loudness = 'info' | 'warn' | 'error'

/** What became of a request, whether it came over HTTP or not. */
export interface EndedRequest {
  /** How it ended. */
  readonly outcome: 'finished' | 'aborted' | 'failed'
  /** How long it took, in milliseconds. */
  readonly durationMs: number
  /** Its status, if it has one that is like those of HTTP. */
  readonly status?: number | undefined
}

/** Where lines about requests go. */
export interface RequestLines {
  /** Writes a line inside of the context of a request. */
  write(level: Loudness, fields: Readonly<Record<string, unknown>>, message: string, context: unknown): void
  /** Whether lines of this level would be written inside of the context. */
  wants(level: Loudness, context: unknown): boolean
  /** Writes a line about something suspicious, and tells it. */
  suspect(kind: string, count: number, fields: Readonly<Record<string, unknown>>, context: unknown): void
}

const DENIED: ReadonlySet<number> = new Set([401, 403])
const BAD_INPUT: ReadonlySet<number> = new Set([400, 422])
const OVERSIZE: ReadonlySet<number> = new Set([413, 414, 431])

/** Errors of Node's parser that tell that a head is too large; the other ones tell that it is no HTTP, or too slow. */
const OVERSIZE_CODE = 'HPE_HEADER_OVERFLOW'

/** Said on purpose, by what sheds load or stops. */
const UNAVAILABLE = 503

/** How loud the line of an ended request is. */
export function loudnessOf(
  { outcome, durationMs, status = 0 }: EndedRequest,
  { slowMs, verySlowMs }: Pick<ResolvedRequestOptions, 'slowMs' | 'verySlowMs'>,
): Loudness {
  const isBroken = status >= 500 && status !== UNAVAILABLE
  if (outcome === 'failed' || isBroken || durationMs >= verySlowMs) return 'error'
  if (outcome === 'aborted' || status >= 400 || durationMs >= slowMs) return 'warn'
  return 'info'
}

/** The end of each request, as one line, and what is suspicious about it. */
export function createRequestEnd(
  options: ResolvedRequestOptions,
  bursts: Bursts,
  lines: RequestLines,
  clock: Clock,
): NonNullable<HttpHook['onEnd']> {
  function suspect(exchange: HttpExchange, context: unknown): void {
    const { status } = exchange
    if (status < 400) return
    const kind = kindOf(status)
    if (kind === undefined) return
    const client = options.client?.(exchange)
    const burst = bursts.see(kind, client, kind === 'oversize' ? 1 : options.burst.count)
    if (burst === undefined) return
    const { method, path, route } = exchange
    lines.suspect(
      kind,
      burst.count,
      { method, path, route, status, client, untold: burst.untold || undefined },
      context,
    )
  }

  return (exchange, slot) => {
    const context = exchange.slots[slot]
    const durationMs = Math.round((clock.now() - exchange.startedAtMs) * 100) / 100
    const { method, path, route, status, outcome = 'finished' } = exchange
    const level = loudnessOf({ outcome, durationMs, status }, options)
    const isSlow = durationMs >= options.slowMs
    if (lines.wants(level, context) && (isSlow || level === 'error' || options.ignore?.(exchange) !== true)) {
      const fields = { event: 'request', method, path, route, status, outcome, durationMs, slow: isSlow || undefined }
      lines.write(level, fields, `request ${outcome}`, context)
    }
    suspect(exchange, context)
  }
}

function kindOf(status: number): string | undefined {
  if (DENIED.has(status)) return 'auth-burst'
  if (BAD_INPUT.has(status)) return 'bad-input-burst'
  return OVERSIZE.has(status) ? 'oversize' : undefined
}

/** Connections that send what is not HTTP, too much of it, or too slowly. */
export function createServerHook(bursts: Bursts, lines: RequestLines): HttpServerHook {
  return {
    onClientError(error, socket) {
      const code = String((error as NodeJS.ErrnoException).code ?? error.name)
      // Connections that were cut are everyday.
      if (code === 'ECONNRESET' || code === 'EPIPE') return
      const client = socket.remoteAddress
      const kind = code === OVERSIZE_CODE ? 'oversize' : 'protocol-error'
      const burst = bursts.see(kind, client, 1)
      if (burst === undefined) return
      lines.suspect(kind, burst.count, { code, client, untold: burst.untold || undefined }, undefined)
    },
  }
}
