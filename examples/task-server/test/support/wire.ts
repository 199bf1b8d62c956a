import { connect, type Socket } from 'node:net'

/** An answer, as far as a fuzzer looks at it. */
export interface WireAnswer {
  readonly status: string
  /** Its headers, in lower case. */
  readonly head: string
}

/** One connection, on which one request is sent after the other. It is made anew where the server closes it. */
export interface Wire {
  /** Sends a request as it is, and waits for its answer. */
  send(request: Buffer, isHead: boolean): Promise<WireAnswer>
  close(): void
}

const LIMIT_MS = 10_000

/**
 * Opens a connection to a server. A client of Node's own takes as long for a request as the server does, and refuses to send half of
 * what a fuzzer makes up.
 *
 * @param port Where on this machine.
 */
export function openWire(port: number): Wire {
  let socket: Socket | undefined
  let heard = Buffer.alloc(0)
  let isHead = false
  let waiting: PromiseWithResolvers<WireAnswer> | undefined

  function open(): Socket {
    const opened = connect(port, '127.0.0.1').setNoDelay(true)
    heard = Buffer.alloc(0)
    opened.setTimeout(LIMIT_MS, () => opened.destroy(new Error('neither answered nor closed')))
    // Of one that was given up, nothing more is of interest.
    opened.on('data', (piece) => {
      if (socket !== opened) return
      heard = heard.length === 0 ? piece : Buffer.concat([heard, piece])
      settle(false)
    })
    opened.on('error', (error) => socket === opened && waiting?.reject(error))
    opened.on('close', () => {
      if (socket !== opened) return
      socket = undefined
      settle(true)
      waiting?.reject(new Error(`closed after ${JSON.stringify(heard.toString('latin1'))}`))
    })
    return opened
  }

  function settle(isOver: boolean): void {
    const found = waiting && parse(heard, isHead, isOver)
    if (found === undefined) return
    const { promise: _, resolve } = waiting as PromiseWithResolvers<WireAnswer>
    waiting = undefined
    heard = heard.subarray(found.length)
    if (found.isLast) socket = undefined
    resolve(found)
  }

  return {
    send(request, ofHead) {
      waiting = Promise.withResolvers()
      isHead = ofHead
      socket ??= open()
      socket.write(request)
      return waiting.promise
    },
    close: () => void socket?.destroy(),
  }
}

interface Parsed extends WireAnswer {
  readonly length: number
  readonly isLast: boolean
}

function parse(bytes: Buffer, isHead: boolean, isOver: boolean): Parsed | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const head = bytes.toString('latin1', 0, end).toLowerCase()
  const [, status = ''] = /^http\/1\.1 (\d{3}) /.exec(head) ?? []
  const start = end + 4
  const isLast = isOver || /^connection: close$/m.test(head.replaceAll('\r', ''))
  const [, length = '0'] = /\ncontent-length: (\d+)/.exec(head) ?? []
  if (isHead || status === '204' || status === '304') return { status, head, length: start, isLast }
  if (!head.includes('\ntransfer-encoding: chunked')) {
    const stop = start + Number(length)
    return bytes.length < stop ? undefined : { status, head, length: stop, isLast }
  }
  const last = bytes.indexOf('\r\n0\r\n\r\n', end + 2)
  return last === -1 ? undefined : { status, head, length: last + 7, isLast }
}
