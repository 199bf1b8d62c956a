import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Lets a server listen on a free port of 127.0.0.1, with connections that outlive the turns of the other servers.
 *
 * @param server The server.
 * @returns The port.
 */
export async function listen(server: Server): Promise<number> {
  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
