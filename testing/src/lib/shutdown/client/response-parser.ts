/** A response that arrived wholly. */
export interface ParsedResponse {
  readonly status: number
  /** By lower-case name. Of several of one name, the last. */
  readonly headers: ReadonlyMap<string, string>
  /** Length of the body. */
  readonly bytes: number
  /** The beginning of the body: enough to tell answers apart, not a whole download. */
  readonly start: string
  /** Whether it is the last one of its connection. */
  readonly isLast: boolean
}

/** Reads HTTP/1.1 responses from the bytes of one connection, as they come. */
export interface ResponseParser {
  /**
   * @param chunk The next bytes.
   * @returns The responses that ended with these.
   * @throws {Error} If this is no HTTP/1.1.
   */
  push(chunk: Buffer): readonly ParsedResponse[]
  /**
   * Tells that no more bytes will come.
   *
   * @returns The response that ends with its connection, if there is one.
   */
  finish(): ParsedResponse | undefined
  /** What there is of a response that did not end, in words. */
  readonly progress: string
}

const MOST_START_BYTES = 256
/** A head or a line that is longer is none. */
const MOST_LINE_BYTES = 65_536

type Part = 'head' | 'body' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'until-close'

interface Head {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly isLast: boolean
}

/**
 * Creates a parser for one connection. No response to HEAD or CONNECT may come on it.
 *
 * @see RFC 9112, sections 4 to 7.
 */
export function createResponseParser(): ResponseParser {
  let part: Part = 'head'
  let rest: Buffer = Buffer.alloc(0)
  let head: Head | undefined
  /** Of the body, or of the chunk. */
  let left = 0
  let bytes = 0
  let start = ''
  return {
    push(chunk) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const done: ParsedResponse[] = []
      for (let response = step(); response !== 'more'; response = step()) if (response) done.push(response)
      return done
    },
    finish: () => (part === 'until-close' ? complete() : undefined),
    get progress() {
      if (part === 'head') return rest.length === 0 ? 'before any byte of the answer' : 'within the head of the answer'
      if (part === 'body') return `after ${bytes} of ${bytes + left} bytes of the answer`
      return `after ${bytes} bytes of an answer in chunks`
    },
  }

  /** Goes one step on, if what there is suffices. */
  function step(): ParsedResponse | undefined | 'more' {
    if (part === 'head') return readHead()
    if (part === 'body' || part === 'chunk' || part === 'until-close') return readBody()
    const line = readLine()
    if (line === undefined) return 'more'
    if (part === 'chunk-size') {
      if (!/^[\da-f]{1,8}\s*(;|$)/i.test(line)) throw new Error(`Expected the size of a chunk, got "${line}"`)
      left = Number.parseInt(line, 16)
      part = left === 0 ? 'trailers' : 'chunk'
    } else if (part === 'chunk-end') {
      if (line !== '') throw new Error(`Expected the end of a chunk, got "${line}"`)
      part = 'chunk-size'
    } else if (line === '') return complete()
    return undefined
  }

  function readHead(): undefined | 'more' | ParsedResponse {
    const end = rest.indexOf('\r\n\r\n')
    if (end === -1) {
      if (rest.length > MOST_LINE_BYTES) throw new Error(`Got a head of more than ${MOST_LINE_BYTES} bytes`)
      return 'more'
    }
    const [first = '', ...lines] = rest.toString('latin1', 0, end).split('\r\n')
    rest = rest.subarray(end + 4)
    const [, version, code] = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(first) ?? []
    if (code === undefined) throw new Error(`Expected a status line, got "${first.slice(0, 80)}"`)
    const status = Number(code)
    if (status >= 100 && status < 200 && status !== 101) return undefined
    const headers = new Map(lines.map(toHeader))
    const connection = headers.get('connection')?.toLowerCase()
    const length = headers.get('content-length')
    const isChunked = headers.get('transfer-encoding')?.toLowerCase() === 'chunked'
    const hasBody = status !== 101 && status !== 204 && status !== 304
    if (length !== undefined && !/^\d+$/.test(length)) throw new Error(`Expected a content-length, got "${length}"`)
    const isUntilClose = hasBody && !isChunked && length === undefined
    bytes = 0
    start = ''
    left = hasBody && !isChunked ? Number(length ?? 0) : 0
    head = {
      status,
      headers,
      isLast: isUntilClose || (version === '0' ? connection !== 'keep-alive' : /\bclose\b/.test(connection ?? '')),
    }
    part = isUntilClose ? 'until-close' : hasBody && isChunked ? 'chunk-size' : 'body'
    return part === 'body' && left === 0 ? complete() : undefined
  }

  function readBody(): undefined | 'more' | ParsedResponse {
    if (rest.length === 0) return 'more'
    const taken = part === 'until-close' ? rest : rest.subarray(0, left)
    rest = rest.subarray(taken.length)
    bytes += taken.length
    if (start.length < MOST_START_BYTES) start += taken.toString('latin1', 0, MOST_START_BYTES - start.length)
    if (part === 'until-close') return 'more'
    left -= taken.length
    if (left > 0) return 'more'
    if (part === 'body') return complete()
    part = 'chunk-end'
    return undefined
  }

  function readLine(): string | undefined {
    const end = rest.indexOf('\r\n')
    if (end === -1) {
      if (rest.length > MOST_LINE_BYTES) throw new Error(`Got a line of more than ${MOST_LINE_BYTES} bytes`)
      return undefined
    }
    const line = rest.toString('latin1', 0, end)
    rest = rest.subarray(end + 2)
    return line
  }

  function complete(): ParsedResponse {
    const { status, headers, isLast } = head as Head
    part = 'head'
    return { status, headers, bytes, start, isLast }
  }
}

function toHeader(line: string): [string, string] {
  const colon = line.indexOf(':')
  if (colon <= 0) throw new Error(`Expected a header, got "${line.slice(0, 80)}"`)
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}
