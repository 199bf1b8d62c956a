import type { ServerHttp2Session } from 'node:http2'
import type { Server, Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import { attach, type HttpServer, type HttpServerHook, type NodeRequest, type NodeResponse } from '@breakwater/core'
import { Connection } from './connection.ts'
import type { Cut, Drain, DrainOptions } from './drain.ts'
import { Handshakes } from './handshakes.ts'
import { Http2Connection } from './http2-connection.ts'
import { Listener } from './listener.ts'
import { ShortTurns } from './short-turns.ts'

/** How often a connection that goes on sending bytes, but no whole request, is given more time. */
const MOST_EXTENSIONS = 2

/**
 * Drains a server that speaks HTTP, of any version.
 *
 * On HTTP/1 each connection's last response says `Connection: close` (RFC 9112, 9.6), which a client that keeps to it sends
 * nothing after. Idle connections cannot be told: a request may be on its way. So they may make one more, for as long as they
 * linger, and end then. On HTTP/2 see {@link Http2Connection}.
 */
export class HttpDrain implements Drain, HttpServerHook {
  readonly name: string
  answered = 0
  readonly #listener: Listener
  readonly #options: DrainOptions
  readonly #connections = new Map<Socket, Connection>()
  readonly #sessions = new Set<Http2Connection>()
  readonly #handshakes: Handshakes | undefined
  readonly #shortTurns = new ShortTurns()
  #connecting: Connection | undefined
  #isDraining = false
  /** Until then a client that sends several requests at once is not told, as more of them may be on their way. */
  #pipelinersUntilMs = Number.POSITIVE_INFINITY

  constructor(name: string, server: HttpServer, options: DrainOptions) {
    this.name = name
    this.#listener = new Listener(server as Server)
    this.#options = options
    this.#handshakes = server instanceof TlsServer ? new Handshakes(server) : undefined
    attach(server, [this])
    server.on('session', (session: ServerHttp2Session) => this.#onSession(session))
  }

  onConnection(socket: Socket): void {
    const connection = new Connection(socket)
    this.#connections.set(socket, connection)
    this.#connecting = connection
    this.#handshakes?.finish(socket)
    socket.once('close', () => {
      connection.stopLinger?.()
      this.#connections.delete(socket)
    })
    if (this.#isDraining) this.#linger(connection)
  }

  onRequest(request: NodeRequest, response: NodeResponse): void {
    if (isOfStream(response)) return // counted by its session
    const connection = this.#connections.get(request.socket as Socket)
    if (connection === undefined) return
    connection.stopLinger?.()
    connection.stopLinger = undefined
    connection.pending++
    connection.latest = response
    if (connection.pending > 1) connection.isPipelining = true
    let isOver = false // what `once` makes for each costs more than the rest of this
    response.on('close', () => {
      if (!isOver) this.#onAnswered(connection, response.writableFinished)
      isOver = true
    })
  }

  onHead(request: NodeRequest, response: NodeResponse): void {
    if (!this.#isDraining || isOfStream(response)) return
    const connection = this.#connections.get(request.socket as Socket)
    // Who has sent more already gets it with the last one.
    if (connection === undefined || connection.latest !== response) return
    if (connection.isPipelining && this.#options.clock.now() < this.#pipelinersUntilMs) return
    connection.isLast = true
    response.setHeader('connection', 'close')
  }

  onUpgrade(_request: NodeRequest, socket: Socket): void {
    const connection = this.#connections.get(socket)
    if (connection === undefined) return
    connection.kind = 'upgraded'
    connection.stopLinger?.()
  }

  stopListening(): Promise<void> {
    return this.#listener.stop()
  }

  begin(): Promise<void> {
    this.#isDraining = true
    this.#pipelinersUntilMs = this.#options.clock.now() + this.#options.lingerMs
    for (const connection of this.#connections.values()) this.#linger(connection)
    for (const session of this.#sessions) session.end(this.#options)
    this.#handshakes?.begin(this.#options)
    return this.#listener.closed
  }

  cut(): Cut {
    let requests = 0
    let connections = this.#handshakes?.cut().connections ?? 0
    for (const { open } of this.#sessions) requests += open
    for (const { pending } of this.#connections.values()) requests += pending
    for (const socket of this.#connections.keys()) {
      // Some are gone, and only their event is still to come.
      if (!socket.destroyed) connections++
      socket.destroy()
    }
    for (const session of this.#sessions) session.cut()
    return { requests, connections }
  }

  #onSession(session: ServerHttp2Session): void {
    // Told while its connection is.
    const connection = this.#connecting
    if (connection !== undefined) {
      connection.kind = 'http2'
      connection.stopLinger?.()
    }
    const plain = this.#handshakes === undefined ? connection?.socket : undefined
    const http2 = new Http2Connection(session, plain, () => {
      if (this.#isDraining) this.answered++
    })
    this.#sessions.add(http2)
    session.once('close', () => this.#sessions.delete(http2))
    if (this.#isDraining) http2.end(this.#options)
  }

  #onAnswered(connection: Connection, isWhole: boolean): void {
    connection.pending--
    if (!this.#isDraining) return
    if (isWhole) this.answered++
    if (connection.pending === 0) this.#linger(connection)
  }

  /** Ends an idle connection, unless it makes a request before. */
  #linger(connection: Connection, extensions = MOST_EXTENSIONS): void {
    const { socket, kind, pending, isLast } = connection
    // The last response ends its connection by itself.
    if (kind !== 'http1' || pending > 0 || isLast) return
    const { clock, lingerMs } = this.#options
    const { bytesRead } = socket
    const end = (): void => {
      // Half of a request has come, and the rest may follow.
      if (socket.bytesRead > bytesRead && extensions > 0) return this.#linger(connection, extensions - 1)
      // To who was never told anything, nothing can be on its way.
      if (socket.bytesWritten === 0) return void socket.destroy()
      // Others may still read their last answer: closed at once, it would be lost with the next thing that they send (9.6).
      socket.end()
      connection.stopLinger = clock.after(lingerMs, () => socket.destroy())
    }
    connection.stopLinger?.()
    connection.stopLinger = clock.after(lingerMs, () => {
      // Timers come before sockets, and others before this one: a request may lie there unread.
      connection.stopLinger = this.#shortTurns.atEnd(end)
    })
  }
}

/** HTTP/2 has one way of its own for every connection. */
function isOfStream(response: NodeResponse): boolean {
  return 'stream' in response
}
