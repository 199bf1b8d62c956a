import { strict as assert } from 'node:assert'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { connect as connectHttp2 } from 'node:http2'
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { type ChannelMessage, CORE_CHANNEL, type HttpHookEvent } from '@breakwater/core'
import { createCertificate } from './certificate.ts'
import type { Abort, Client } from './client.ts'
import { HTTP1_ABORTS, Http1Client } from './http1-client.ts'
import { HTTP2_ABORTS, Http2Client } from './http2-client.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { isHttp2, isSecure, type Transport, type TransportApp, type TransportServer } from './transport.ts'
import { Tunnel } from './tunnel.ts'
import { createWaiter, type Waiter } from './waiter.ts'

/** What a case has to work with: one server, its clients, and what is checked at the end of every case. */
export class Trial {
  /** What is under test. */
  readonly transport: Transport
  /** Limits every wait. */
  readonly waiter: Waiter
  /** What hooks and routes did, in order. */
  readonly log: string[] = []
  /** What hooks threw, as heard on the channel. Unless `expectsFaults`, any fails the case. */
  readonly faults: HttpHookEvent[] = []
  /** Set by a case whose hooks throw on purpose. */
  expectsFaults = false
  #server: TransportServer | undefined
  readonly #sockets = new Set<Socket>()
  readonly #clients = new Set<Client>()
  readonly #recorders: Recorder[] = []
  readonly #onFault = (message: unknown): void => {
    this.faults.push((message as ChannelMessage<HttpHookEvent>).event)
  }

  constructor(transport: Transport, limitMs: number) {
    this.transport = transport
    this.waiter = createWaiter(limitMs)
    subscribe(CORE_CHANNEL, this.#onFault)
  }

  /** The raw server. */
  get server(): TransportServer['server'] {
    if (this.#server === undefined) throw new Error('Expected the case to call `serve` first')
    return this.#server.server
  }

  /** The ways for a client to go. */
  get aborts(): readonly Abort[] {
    return isHttp2(this.transport) ? HTTP2_ABORTS : HTTP1_ABORTS
  }

  /** Creates a recorder, whose recordings are checked at the end of the case. */
  recorder(name = 'hook'): Recorder {
    const recorder = createRecorder(name, this.log, this.waiter)
    this.#recorders.push(recorder)
    return recorder
  }

  /** Starts the server. */
  async serve(app: Partial<TransportApp>): Promise<void> {
    const whole: TransportApp = { hooks: [], serverHooks: [], endpoints: {}, routes: [], ...app }
    this.#server = await this.waiter.within(this.transport.listen(whole), 'the server to listen')
    this.server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  /** Opens a TCP connection. */
  tcp(): Socket {
    const { port } = this.server.address() as AddressInfo
    const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true })
    // What a reset server side or a cut response means for a case is said by whoever reads from it.
    return socket.on('error', () => {})
  }

  /** Connects a client of the transport's protocol. */
  async connect(): Promise<Client> {
    return isHttp2(this.transport) ? this.http2() : this.http1()
  }

  /** Connects a client of HTTP/1.1. */
  async http1(): Promise<Http1Client> {
    const raw = this.tcp()
    const stream = isSecure(this.transport) ? this.tls(raw) : raw
    await this.waiter.within(
      new Promise((resolve, reject) => {
        stream.once(stream === raw ? 'connect' : 'secureConnect', resolve).once('error', reject)
      }),
      'a connection',
    )
    return this.#keep(new Http1Client(raw, stream, this.waiter))
  }

  /** Connects a client of HTTP/2. */
  async http2(): Promise<Http2Client> {
    const raw = this.tcp()
    const session = connectHttp2(`${isSecure(this.transport) ? 'https' : 'http'}://127.0.0.1`, {
      createConnection: () => (isSecure(this.transport) ? this.tls(raw, ['h2']) : new Tunnel(raw)),
    })
    const client = this.#keep(new Http2Client(raw, session, this.waiter))
    await this.waiter.within(
      new Promise((resolve, reject) => {
        session.once('remoteSettings', resolve).once('error', reject)
      }),
      'a session',
    )
    return client
  }

  /** Speaks TLS on a connection. */
  tls(raw: Socket, protocols: string[] = ['http/1.1']): TLSSocket {
    const stream = connectTls({
      socket: new Tunnel(raw),
      ca: createCertificate().cert,
      host: '127.0.0.1',
      ALPNProtocols: protocols,
    })
    return stream.on('error', () => {})
  }

  /** One request on a connection of its own. */
  async fetch(...args: Parameters<Client['fetch']>): ReturnType<Client['fetch']> {
    const client = await this.connect()
    try {
      return await client.fetch(...args)
    } finally {
      client.destroy()
    }
  }

  /** Stops the server and its clients. Another one may be started. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    for (const client of this.#clients) client.destroy()
    for (const socket of this.#sockets) socket.destroy()
    await this.waiter.until(() => this.#sockets.size === 0, 'the connections to close')
    if (server !== undefined) await this.waiter.within(server.close(), 'the server to close')
  }

  /** Ends everything. */
  async close(): Promise<void> {
    try {
      await this.stop()
    } finally {
      unsubscribe(CORE_CHANNEL, this.#onFault)
    }
  }

  /** Fails where a recorder was told what it should not be, or a hook threw what nobody expected. */
  async check(): Promise<void> {
    if (!this.expectsFaults) for (const { error } of this.faults) throw error
    const problems = () => this.#recorders.flatMap((recorder) => recorder.problems())
    // What the server destroyed a moment ago may still be on its way to the hooks.
    await this.waiter.until(() => problems().length === 0, 'the hooks to end').catch(() => {})
    assert.deepEqual(problems(), [])
  }

  #keep<client extends Client>(client: client): client {
    this.#clients.add(client)
    return client
  }
}
