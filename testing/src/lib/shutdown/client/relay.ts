import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createFlow, type Weather } from '../../services/proxy/flow.ts'

/** A way to a port that takes time. */
export interface Relay {
  /** Its own port of 127.0.0.1. */
  readonly port: number
  /** Whether the connection from this port was accepted here, and refused there. */
  wasRefused(localPort: number | undefined): boolean
  /** Breaks what there is, and listens no more. */
  close(): void
}

/**
 * Puts a round trip before a port. Unlike a proxy of `@breakwater/testing/services` it knows which of the connections
 * that it accepted never were: it has to, as it cannot refuse them in time.
 *
 * @param target The port of 127.0.0.1.
 * @param roundTripMs How much longer a request and its answer take, both together.
 */
export async function createRelay(target: number, roundTripMs: number): Promise<Relay> {
  const weather: Weather = { isFrozen: () => false, delayMs: () => roundTripMs / 2 }
  const refused = new Set<number>()
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    const { remotePort } = client
    const upstream = connect({ host: '127.0.0.1', port: target, allowHalfOpen: true })
    let isConnected = false
    upstream.once('connect', () => {
      isConnected = true
    })
    upstream.once('error', () => {
      if (!isConnected && remotePort !== undefined) refused.add(remotePort)
    })
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.once('close', () => sockets.delete(socket))
    }
    const there = createFlow(client, upstream, weather)
    const back = createFlow(upstream, client, weather)
    there.pass()
    back.pass()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    wasRefused: (localPort) => localPort !== undefined && refused.has(localPort),
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
