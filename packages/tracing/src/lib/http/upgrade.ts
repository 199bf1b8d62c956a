import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { HttpServerHook } from '@breakwater/core'
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { ResolvedOptions } from '../options.ts'
import { type Headed, readParent } from '../propagation/propagation.ts'
import type { OpenSpan } from '../spans/open-span.ts'
import type { Spans } from '../spans/spans.ts'
import { createStartAttributes } from './attributes.ts'
import { knownMethod, nameOf } from './methods.ts'

const STATUS = /^HTTP\/1\.[01] (\d{3})/
/** As many bytes as {@link STATUS} looks at. */
const STATUS_LENGTH = 12

/**
 * A span for each connection that leaves HTTP, from its request to the first bytes that answer it: the handshake, not what
 * goes on for hours afterwards.
 */
export function createUpgradeTracing({ parent, origin }: ResolvedOptions, spans: Spans): HttpServerHook {
  const toStartAttributes = createStartAttributes(origin)
  const { faults } = spans.settings

  function begin(request: IncomingMessage): OpenSpan | undefined {
    const headed = toHeaded(request)
    const from = parent === 'continue' ? readParent(headed) : ROOT_CONTEXT
    const caller = parent === 'link' ? trace.getSpanContext(readParent(headed)) : undefined
    const attributes = { ...toStartAttributes(headed), 'http.request.header.upgrade': [headed.header('upgrade') ?? ''] }
    const links = caller === undefined ? [] : [{ context: caller }]
    const name = nameOf(knownMethod(headed.method), undefined)
    return spans.begin('request', name, { kind: SpanKind.SERVER, attributes, links }, from)
  }

  return {
    onUpgrade(request, socket) {
      if (!spans.isActive) return
      try {
        const span = begin(request)
        if (span?.isRecording) onAnswer(socket, (status) => conclude(span, status))
      } catch (error) {
        faults.tell('start', error)
      }
    },
  }

  function conclude(open: OpenSpan, status: number | undefined): void {
    open.annotate(status === undefined ? { 'breakwater.outcome': 'aborted' } : { 'http.response.status_code': status })
    if (status !== undefined && status >= 500) {
      open.annotate({ 'error.type': String(status) })
      open.span.setStatus({ code: SpanStatusCode.ERROR })
    }
    open.end()
  }
}

function toHeaded({ method = '', url = '', headers }: IncomingMessage): Headed {
  return {
    method,
    path: url.split('?', 1)[0] as string,
    header(name) {
      const value = headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
  }
}

/**
 * Calls back once, when the first bytes are written.
 *
 * @param tell Gets the status that they say; nothing if the connection closed before, or they are no HTTP.
 */
function onAnswer(socket: Socket, tell: (status: number | undefined) => void): void {
  const { write, end } = socket
  let isTold = false

  function settle(status: number | undefined): void {
    if (isTold) return
    isTold = true
    // Whoever wrapped them after us still calls us, and finds us inert.
    if (socket.write === seeingWrite) socket.write = write
    if (socket.end === seeingEnd) socket.end = end
    socket.off('close', onClose)
    tell(status)
  }
  const onClose = (): void => settle(undefined)
  const seeingWrite = function (this: Socket, ...args: unknown[]) {
    if (!isTold) settle(statusOf(args[0]))
    return Reflect.apply(write, this, args)
  } as typeof write
  const seeingEnd = function (this: Socket, ...args: unknown[]) {
    if (!isTold) settle(statusOf(args[0]))
    return Reflect.apply(end, this, args)
  } as typeof end

  socket.write = seeingWrite
  socket.end = seeingEnd
  socket.on('close', onClose)
}

function statusOf(chunk: unknown): number | undefined {
  const isBytes = chunk instanceof Uint8Array
  if (typeof chunk !== 'string' && !isBytes) return undefined
  const text = isBytes ? String.fromCharCode(...chunk.subarray(0, STATUS_LENGTH)) : chunk.slice(0, STATUS_LENGTH)
  const status = STATUS.exec(text)?.[1]
  return status === undefined ? undefined : Number(status)
}
