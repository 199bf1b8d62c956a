import { WebSocket } from 'ws'
import type { Endpoint } from './endpoint.ts'
import type { Ledger } from './ledger.ts'

const ECHO_EVERY_MS = 20
/** Going away, and service restart. */
const GOOD_CODES: readonly number[] = [1001, 1012]

/** A WebSocket that talks until it is closed. */
export interface Talk {
  /** Resolves when it is open, or never will be. */
  readonly opened: Promise<void>
  /** Resolves when it is over. */
  readonly closed: Promise<void>
}

/**
 * Opens a WebSocket and has it talk. It is answered if it is told that the server goes, lost if it just breaks.
 *
 * @param endpoint Where to.
 * @param ledger Where it is entered, as of the kind `websocket`.
 * @param onCode Called with the code that closed it.
 */
export function openWebSocket({ port, ca }: Endpoint, ledger: Ledger, onCode: (code: number) => void): Talk {
  const opened = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<void>()
  const ticket = ledger.open('websocket', '/ws', ledger.connection())
  const socket =
    ca === undefined ? new WebSocket(`ws://127.0.0.1:${port}/ws`) : new WebSocket(`wss://127.0.0.1:${port}/ws`, { ca })
  let timer: NodeJS.Timeout | undefined
  socket.once('open', () => {
    ticket.sent()
    timer = setInterval(() => socket.readyState === WebSocket.OPEN && socket.send('hello'), ECHO_EVERY_MS)
    opened.resolve()
  })
  socket.on('error', () => {}) // `close` follows
  socket.once('close', (code) => {
    clearInterval(timer)
    onCode(code)
    if (GOOD_CODES.includes(code)) ticket.answered(200)
    else ticket.broken(`closed with code ${code}`)
    opened.resolve()
    closed.resolve()
  })
  return { opened: opened.promise, closed: closed.promise }
}
