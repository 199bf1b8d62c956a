import { createTraceState, type SpanContext } from '@opentelemetry/api'

const LENGTH = 55
const DASH = 0x2d

/**
 * Reads what a caller says of its span.
 *
 * @param traceparent The header of that name.
 * @param tracestate The header of that name. Members that are none, and whatever is over 512 characters, are left out.
 * @returns Its span; `undefined` if there is none, or one that has to be ignored.
 * @see W3C Trace Context, sections 3.2 and 3.3.
 */
export function parseTraceparent(
  traceparent: string | undefined,
  tracestate: string | undefined,
): SpanContext | undefined {
  if (traceparent === undefined || traceparent.length < LENGTH) return undefined
  // Later versions may go on after what this one has.
  if (traceparent.length > LENGTH && (traceparent.charCodeAt(LENGTH) !== DASH || traceparent.startsWith('00')))
    return undefined
  for (const at of [2, 35, 52]) if (traceparent.charCodeAt(at) !== DASH) return undefined
  for (const [from, to] of FIELDS) if (!isHex(traceparent, from, to)) return undefined
  if (traceparent.startsWith('ff') || isZero(traceparent, 3, 35) || isZero(traceparent, 36, 52)) return undefined
  const span: SpanContext = {
    traceId: traceparent.slice(3, 35),
    spanId: traceparent.slice(36, 52),
    // The one bit that has a meaning. Others may get one in a version that we do not know.
    traceFlags: digit(traceparent.charCodeAt(54)) & 1,
    isRemote: true,
  }
  return tracestate === undefined || tracestate === '' ? span : { ...span, traceState: createTraceState(tracestate) }
}

/**
 * Writes what another service is told of a span.
 *
 * @param span The span.
 * @returns Text of a `traceparent` header.
 */
export function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-0${traceFlags & 1}`
}

const FIELDS: readonly (readonly [number, number])[] = [
  [0, 2],
  [3, 35],
  [36, 52],
  [53, 55],
]

/** Lower case only, as the standard says. */
function isHex(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    if (!((code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66))) return false
  }
  return true
}

function isZero(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (text.charCodeAt(at) !== 0x30) return false
  return true
}

function digit(code: number): number {
  return code <= 0x39 ? code - 0x30 : code - 0x57
}
