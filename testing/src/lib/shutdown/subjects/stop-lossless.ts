import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Server, type Socket } from 'node:net'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { Served } from '../subject/serve-subject.ts'
import type { ServedServer } from '../subject/servers.ts'

/** Longer than any round trip that the harness simulates, with the time that a busy client takes. */
const LINGER_MS = 500
/** Turns of the event loop in which nobody is accepted any more. */
const QUIET_TURNS = 5

/** One connection, as far as it matters to its end. */
interface Connection {
  /** Responses that are not closed. */
  open: number
  /** The response to the last request that came. */
  newest: ServerResponse | undefined
}

/**
 * The least that loses nothing by HTTP/1.1. It is there to show that the harness itself finds no loss where there is
 * none; it has no deadline, and knows neither HTTP/2 nor WebSockets.
 */
export function stopLossless({ servers, delayMs, drain, hook }: Served): void {
  const drains = servers.map(trackServer)
  process.once('SIGTERM', async () => {
    await sleep(delayMs)
    drain()
    await Promise.all(drains.map((drainServer) => drainServer()))
    await hook()
    process.exit(0)
  })
}

function trackServer({ server, protocol }: ServedServer): () => Promise<void> {
  const connections = new Map<Socket, Connection>()
  let isDraining = false
  let hasLingered = false
  let accepted = 0
  server.on('connection', () => accepted++)
  server.on(protocol === 'http1' ? 'connection' : 'secureConnection', (socket: Socket) => {
    connections.set(socket, { open: 0, newest: undefined })
    socket.once('close', () => connections.delete(socket))
  })
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    const connection = connections.get(socket)
    if (connection === undefined) return
    connection.open++
    connection.newest = response
    const { writeHead } = response
    response.writeHead = ((...args: Parameters<typeof writeHead>) => {
      if (isDraining && connection.newest === response) response.setHeader('connection', 'close')
      return writeHead.apply(response, args)
    }) as typeof writeHead
    response.once('close', () => {
      connection.open--
      // Its head was out before the end began: it did not say that it is the last.
      if (isDraining && connection.open === 0) void linger().then(() => endIfIdle(socket, connection))
    })
  })

  return async () => {
    const closed = once(server, 'close')
    for (let quiet = 0, before = accepted; quiet < QUIET_TURNS; before = accepted) {
      await turn()
      quiet = accepted === before ? quiet + 1 : 0
    }
    Server.prototype.close.call(server)
    // Not before: who is told to open another connection does, and would be in the backlog that is reset now.
    isDraining = true
    await linger()
    hasLingered = true
    for (const [socket, connection] of connections) endIfIdle(socket, connection)
    await closed
  }

  function endIfIdle(socket: Socket, { open }: Connection): void {
    if (hasLingered && open === 0) socket.destroySoon()
  }
}

/** After a standstill a timer comes before what waits in the sockets: that is read first. */
async function linger(): Promise<void> {
  await sleep(LINGER_MS)
  for (let turns = 0; turns < QUIET_TURNS; turns++) await turn()
}
