import type { Clock, HttpExchange, HttpServerHook } from '@breakwater/core'
import type { Context } from '../context/context.ts'
import type { WriteAccessLine } from './access-line.ts'
import type { Bursts } from './bursts.ts'
import type { EndedRequest, Loudness } from './ended-request.ts'
import type { ResolvedRequestOptions } from './options.ts'

/** Where lines about requests go. */
export interface RequestLines {
  /** Writes the line of an ended request, if it is a usual one. */
  readonly writeAccess: WriteAccessLine | undefined
  /** Writes a line inside of the context of a request. */
  readonly write: (
    level: Loudness,
    fields: Readonly<Record<string, unknown>>,
    message: string,
    context: Context,
  ) => void
  /** Whether lines of this level would be written inside of the context. */
  readonly wants: (level: Loudness, context: Context) => boolean
  /** Writes a line about something suspicious, and tells it. */
  suspect(kind: string, count: number, fields: Readonly<Record<string, unknown>>, context: Context | undefined): void
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
): (exchange: HttpExchange, context: Context) => void {
  function suspect(exchange: HttpExchange, context: Context): void {
    const { status } = exchange
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

  const { write, wants, writeAccess = () => false } = lines

  /** As any other line. */
  function writeLine(
    level: Loudness,
    exchange: HttpExchange,
    ended: EndedRequest,
    isSlow: boolean,
    context: Context,
  ): void {
    const { method, path, route } = exchange
    const { status, outcome, durationMs } = ended
    const fields = { event: 'request', method, path, route, status, outcome, durationMs, slow: isSlow || undefined }
    write(level, fields, `request ${outcome}`, context)
  }

  return (exchange, context) => {
    const durationMs = Math.round((clock.now() - exchange.startedAtMs) * 100) / 100
    const { status, outcome = 'finished' } = exchange
    const ended: EndedRequest = { outcome, durationMs, status }
    const level = loudnessOf(ended, options)
    const isSlow = durationMs >= options.slowMs
    if (wants(level, context) && (isSlow || level === 'error' || options.ignore?.(exchange) !== true)) {
      const isWritten = writeAccess(level, exchange, ended, isSlow, context)
      if (!isWritten) writeLine(level, exchange, ended, isSlow, context)
    }
    if (status >= 400) suspect(exchange, context)
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
