import { Server as HttpOnlyServer } from 'node:http'
import { Server as HttpsServer } from 'node:https'
import { Server } from 'node:net'
import type { HttpServer } from '@breakwater/core'
import { ClusterDrain, type ClusterLike } from './cluster-drain.ts'
import type { Drain, DrainOptions } from './drain.ts'
import { HttpDrain } from './http-drain.ts'
import { TcpDrain } from './tcp-drain.ts'
import { WebSocketDrain, type WebSocketServerLike } from './web-socket-drain.ts'

/**
 * Anything that can be drained: a server of `node:http`, `https`, `http2`, `net` or `tls`, a WebSocket server, or Node's
 * `cluster` in its primary process.
 */
export type Drainable = HttpServer | Server | WebSocketServerLike | ClusterLike

/**
 * Finds out how something is drained.
 *
 * @param server What it is.
 * @param options What all drains share.
 * @param toName Gives it its name, by the word for what it is.
 * @throws {TypeError} If it is nothing of the kind.
 */
export function toDrain(server: Drainable, options: DrainOptions, toName: (kind: string) => string): Drain {
  if (server instanceof Server)
    return speaksHttp(server) ? new HttpDrain(toName('http'), server, options) : new TcpDrain(toName('net'), server)
  if (typeof server === 'object' && server !== null) {
    if ('clients' in server && Symbol.iterator in Object(server.clients))
      return new WebSocketDrain(toName('websocket'), server, options.clock)
    if ('isPrimary' in server && server.isPrimary) return new ClusterDrain(toName('cluster'), server)
  }
  throw new TypeError(
    `Expected a server of Node's, a WebSocket server with \`clients\`, or the cluster of a primary process, got ${describe(server)}`,
  )
}

/** The classes of HTTP/2 are not exported, but only they and those of HTTP have this. */
function speaksHttp(server: Server): server is HttpServer & Server {
  return server instanceof HttpOnlyServer || server instanceof HttpsServer || 'updateSettings' in server
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return `an object of ${value.constructor?.name ?? 'no class'}`
}
