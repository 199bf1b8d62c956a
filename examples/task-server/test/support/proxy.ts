import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Stands between a client and a server, and can cut the line. */
export interface Proxy {
  /** The server's URL, with the proxy in its place. */
  readonly url: string
  /** Connections that clients opened. */
  readonly opened: number
  /** Cuts a connection as soon as the server answers on it: what was asked was done, and nobody hears of it. Once. */
  cutNextAnswer(): void
}

/**
 * Starts a proxy, which is gone after the test.
 *
 * @param serverUrl Where the server is.
 */
export async function startProxy(serverUrl: string): Promise<Proxy> {
  const server = new URL(serverUrl)
  const sockets = new Set<Socket>()
  let opened = 0
  let isCutting = false
  const listener = createServer((client) => {
    opened++
    const upstream = connect(Number(server.port), server.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    }
    function cut(): void {
      client.destroy()
      upstream.destroy()
    }
    client.on('close', cut).on('data', (data) => upstream.write(data))
    upstream.on('close', cut).on('data', (data) => {
      if (!isCutting) return client.write(data)
      isCutting = false
      cut()
    })
  })
  await once(listener.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    listener.close()
    for (const socket of sockets) socket.destroy()
  })
  const url = new URL(serverUrl)
  url.host = `127.0.0.1:${(listener.address() as AddressInfo).port}`
  return {
    url: url.href,
    get opened() {
      return opened
    },
    cutNextAnswer() {
      isCutting = true
    },
  }
}
