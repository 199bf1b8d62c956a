/** Where a line belongs among the spans of a distributed trace. */
export interface SpanIds {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
}

const LENGTH = 55
const DASH = 0x2d

/**
 * Reads a `traceparent` header.
 *
 * @returns Its ids; `undefined` if there is none, or one that has to be ignored.
 * @see W3C Trace Context, section 3.2, "Traceparent Header".
 */
export function parseTraceparent(header: string | undefined): SpanIds | undefined {
  if (header === undefined || header.length < LENGTH) return undefined
  // Later versions may go on after what this one has.
  if (header.length > LENGTH && (header.charCodeAt(LENGTH) !== DASH || header.startsWith('00'))) return undefined
  for (const at of [2, 35, 52]) if (header.charCodeAt(at) !== DASH) return undefined
  if (!isHex(header, 0, 2) || !isHex(header, 3, 35) || !isHex(header, 36, 52) || !isHex(header, 53, 55))
    return undefined
  if (header.startsWith('ff') || isZero(header, 3, 35) || isZero(header, 36, 52)) return undefined
  return { traceId: header.slice(3, 35), spanId: header.slice(36, 52) }
}

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
