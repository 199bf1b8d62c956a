import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { HttpExchange, HttpHook, HttpServerHook } from '@breakwater/core'
import type { MetricsSubject } from './conformance.ts'

/** What a mutant does wrong. */
export interface MetricsFaults {
  /** Counts only what was answered whole. */
  readonly ignoresAborts?: boolean
  /** Takes the status as it was when the client went. */
  readonly keepsStatus?: boolean
  /** Labels by path. */
  readonly usesPaths?: boolean
  /** Labels by any method. */
  readonly usesMethods?: boolean
  /** Counts every error of a connection as a request. */
  readonly countsResets?: boolean
  /** Is not told of upgrades and what is not HTTP. */
  readonly isBlind?: boolean
  /** Counts at the head, and not at the end. */
  readonly endsAtHead?: boolean
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'])
const FAMILY = 'http_request_duration_seconds'

/**
 * Counts requests as plainly as can be: slowly, without buckets, and rightly, unless told else.
 *
 * @param faults What it does wrong.
 */
export function createMetricsReference(faults: MetricsFaults = {}): MetricsSubject {
  const series = new Map<string, { count: number; seconds: number; requestBytes: number; responseBytes: number }>()
  // By connection: what is under way there is told by the hook, whatever else goes wrong.
  const open = new WeakMap<Socket, number>()
  let inFlight = 0

  function record(method: string, route: string, status: number, seconds = 0, bytes: readonly number[] = []): void {
    const labels = `method="${METHODS.has(method) || faults.usesMethods ? method : '_OTHER'}",route="${route}",status_code="${status}"`
    const one = series.get(labels) ?? { count: 0, seconds: 0, requestBytes: 0, responseBytes: 0 }
    series.set(labels, one)
    one.count++
    one.seconds += seconds
    one.requestBytes += bytes[0] ?? 0
    one.responseBytes += bytes[1] ?? 0
  }

  function end(exchange: HttpExchange): void {
    const { method, path, outcome, startedAtMs } = exchange
    const route = faults.usesPaths ? path : (exchange.route ?? 'unmatched')
    const bytes = [Number(exchange.header('content-length') ?? 0), 1_000]
    let { status } = exchange
    if (outcome !== 'finished' && faults.ignoresAborts) return
    if (outcome === 'aborted' && !faults.keepsStatus) status = 499
    if (outcome === 'failed') status = Math.max(status, 500)
    record(method, route, status, (performance.now() - startedAtMs) / 1000, bytes)
  }

  const hook: HttpHook = {
    onStart: () => void inFlight++,
    onHead: (exchange) => faults.endsAtHead && end(exchange),
    onEnd(exchange) {
      inFlight--
      if (!faults.endsAtHead) end(exchange)
    },
  }
  const serverHook: HttpServerHook = {
    onRequest({ socket }, response) {
      open.set(socket, (open.get(socket) ?? 0) + 1)
      response.once('close', () => open.set(socket, (open.get(socket) ?? 1) - 1))
    },
    onUpgrade: (request, socket) => watchUpgrade(request, socket, record),
    onClientError(error, socket) {
      const { code } = error as NodeJS.ErrnoException
      if (!faults.countsResets && (code?.startsWith('HPE_') !== true || (open.get(socket) ?? 0) > 0)) return
      record('', 'unmatched', code === 'HPE_HEADER_OVERFLOW' ? 431 : 400)
    },
  }

  async function text(): Promise<string> {
    const lines = [`# TYPE ${FAMILY} histogram`]
    for (const [labels, { count, seconds }] of series)
      lines.push(
        `${FAMILY}_bucket{${labels},le="+Inf"} ${count}`,
        `${FAMILY}_sum{${labels}} ${seconds}`,
        `${FAMILY}_count{${labels}} ${count}`,
      )
    lines.push(`http_requests_in_flight ${inFlight}`)
    for (const side of ['request', 'response'] as const) {
      lines.push(`# TYPE http_${side}_size_bytes summary`)
      for (const [labels, { [`${side}Bytes` as const]: bytes }] of series)
        lines.push(`http_${side}_size_bytes_sum{${labels}} ${bytes}`)
    }
    return `${lines.join('\n')}\n`
  }
  return { hook, serverHook: faults.isBlind ? {} : serverHook, text, close: async () => {} }
}

/** The first bytes say what was answered. */
function watchUpgrade(
  { method = '' }: IncomingMessage,
  socket: Socket,
  record: (method: string, route: string, status: number) => void,
): void {
  let isRecorded = false
  const finish = (status: number): void => {
    if (!isRecorded) record(method, 'unmatched', status)
    isRecorded = true
  }
  for (const name of ['write', 'end'] as const) {
    const original = socket[name]
    socket[name] = function (this: Socket, ...args: unknown[]) {
      finish(Number(/^HTTP\/1\.1 (\d+)/.exec(String(args[0]))?.[1]))
      return Reflect.apply(original, this, args)
    } as never
  }
  socket.once('close', () => finish(499))
}
