import { createServer as createHttp, type RequestListener } from 'node:http'
import { createServer as createHttp2, createSecureServer } from 'node:http2'
import { createServer as createHttps } from 'node:https'
import type { Server } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Protocol } from './contract.ts'
import type { createRoutes } from './routes.ts'

/** A server of a subject. Every kind there is is a `net.Server`. */
export interface ServedServer {
  readonly protocol: Protocol
  readonly server: Server
  /** Has it listen on a port of 127.0.0.1, where that is for a framework to do. */
  readonly listen?: (() => Promise<unknown>) | undefined
}

/** Servers, and the WebSocket server that is behind them. */
export interface CreatedServers {
  readonly servers: readonly ServedServer[]
  readonly webSockets: WebSocketServer
}

/** Key and certificate. */
export interface TlsFiles {
  readonly key: string | undefined
  readonly cert: string | undefined
}

/** Makes servers of Node's that do not listen yet. */
export function createServers(
  protocols: readonly Protocol[],
  routes: ReturnType<typeof createRoutes>,
  tls: TlsFiles,
): CreatedServers {
  const servers = protocols.map((protocol) => createSubjectServer(protocol, routes, tls))
  return { servers, webSockets: createWebSockets(servers) }
}

function createSubjectServer(protocol: Protocol, routes: ReturnType<typeof createRoutes>, tls: TlsFiles): ServedServer {
  const { key, cert } = tls
  if ((protocol === 'https' || protocol === 'http2') && (key === undefined || cert === undefined))
    throw new TypeError(`Expected \`SUBJECT_KEY\` and \`SUBJECT_CERT\` for ${protocol}`)
  const files = { key, cert } as { key: string; cert: string }
  if (protocol === 'http1') return { protocol, server: createHttp(routes as RequestListener) }
  if (protocol === 'https') return { protocol, server: createHttps(files, routes as RequestListener) }
  if (protocol === 'http2') return { protocol, server: createSecureServer({ ...files, allowHTTP1: true }, routes) }
  return { protocol, server: createHttp2(routes) }
}

/** Makes the WebSocket server behind the servers that speak HTTP/1.1: it echoes. */
function createWebSockets(servers: readonly ServedServer[]): WebSocketServer {
  const webSockets = new WebSocketServer({ noServer: true })
  webSockets.on('connection', (socket: WebSocket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    socket.on('error', () => {}) // closed by force; `close` follows
  })
  for (const { server, protocol } of servers) {
    if (protocol === 'h2c') continue
    server.on('upgrade', (request, socket, head) => {
      if (request.url !== '/ws') return void socket.destroy()
      webSockets.handleUpgrade(request, socket, head, (opened) => webSockets.emit('connection', opened, request))
    })
  }
  return webSockets
}
