import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { closeOnShutdown } from '@breakwater/nest'
import { createShutdown, type Shutdown } from '@breakwater/shutdown'
import type { ConformanceCase } from '@breakwater/testing/transport'
import type { INestApplication } from '@nestjs/common'
import { WsAdapter } from '@nestjs/platform-ws'
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import { WebSocket, type WebSocketServer } from 'ws'
import { createApp, decorate, listen, rootWith } from './app.ts'
import { type Counted, createCounted } from './counted.ts'
import type { Platform } from './transport.ts'

/** A gateway, for {@link startGateway}. */
export interface GatewayOptions {
  /** What the application stands on. */
  readonly platform: Platform
  /** Of the decorator. */
  readonly decorator?: object | undefined
  /** Counts requests and WebSockets. */
  readonly counted: Counted
  /** Gives the application its adapter for WebSockets. */
  adapt(app: INestApplication): void
  /** Hands the gateway's server to whoever stops it, and says how to count the clients it has. */
  afterInit(server: never, serve: Shutdown['serve']): () => number
}

/** A gateway in an application that can be stopped. */
export interface GatewayTrial {
  /** Its port. */
  readonly port: number
  /** Stops it, and gives the outcome, how many connections were cut, and how many clients there were when the hooks of Nest ran. */
  stop(): Promise<readonly [outcome: string, cut: number, left: number]>
  /** Closes what is left. */
  close(): Promise<void>
}

/** Starts an application with a gateway that echoes messages of the event `message`. */
export async function startGateway(options: GatewayOptions): Promise<GatewayTrial> {
  const { platform, decorator = {}, counted, adapt, afterInit } = options
  const shutdown = createShutdown({ signals: [], handleCrashes: false, exit: false, lingerMs: 0, drainDelayMs: 0 })
  let count = (): number => Number.NaN
  let left = Number.NaN
  class Gateway {
    afterInit(server: unknown): void {
      count = afterInit(server as never, (...args) => shutdown.serve(...args))
    }
    echo(text: string): { event: string; data: string } {
      return { event: 'message', data: text }
    }
    onModuleDestroy(): void {
      left = count()
    }
  }
  WebSocketGateway(decorator)(Gateway)
  decorate(Gateway, 'echo', SubscribeMessage('message'))
  MessageBody()(Gateway.prototype, 'echo', 0)

  const { hook, serverHook } = counted.metrics
  const module = rootWith({ hooks: [hook], serverHooks: [serverHook], shutdown }, { providers: [Gateway] })
  const app = await createApp(platform, module)
  adapt(app)
  closeOnShutdown(app)
  const port = Number(new URL(await listen(app)).port)
  return {
    port,
    async stop() {
      const { outcome, servers } = await shutdown.begin()
      return [outcome, servers.reduce((sum, { cutConnections }) => sum + cutConnections, 0), left]
    },
    async close() {
      await shutdown.begin()
      await counted.metrics.close()
    },
  }
}

/**
 * Lists what happens to gateways on `ws`, on whichever Nest is installed.
 *
 * @param platform What the application stands on.
 */
export function gatewayCases(platform: Platform): readonly ConformanceCase[] {
  return [
    {
      name: 'gateways: WebSockets of ws are counted, and told to go before the hooks of Nest run',
      async run() {
        const counted = createCounted()
        const trial = await startGateway({
          platform,
          decorator: { path: '/live' },
          counted,
          adapt: (app) => app.useWebSocketAdapter(new WsAdapter(app)),
          afterInit(server: WebSocketServer, serve) {
            counted.metrics.watchWebSockets(server)
            serve(server)
            return () => server.clients.size
          },
        })
        const clients = [1, 2].map(() => new WebSocket(`ws://127.0.0.1:${trial.port}/live`))
        try {
          await Promise.all(clients.map((client) => once(client, 'open')))
          const [client] = clients as [WebSocket, WebSocket]
          client.send(JSON.stringify({ event: 'message', data: 'hello' }))
          const [answer] = await once(client, 'message')
          assert.deepEqual(JSON.parse(String(answer)), { event: 'message', data: 'hello' })
          const numbers = {
            'unmatched 101': 2,
            connections_total: 2,
            'messages_total received': 1,
            'messages_total sent': 1,
          }
          assert.deepEqual(await counted.read(), { ...numbers, connections_active: 2 })

          const closes = clients.map((each) => once(each, 'close'))
          assert.deepEqual(await trial.stop(), ['clean', 0, 0])
          assert.deepEqual(
            (await Promise.all(closes)).map(([code]) => code),
            [1001, 1001],
          )
          assert.deepEqual(await counted.read(), { ...numbers, connections_active: 0 })
        } finally {
          for (const client of clients) client.terminate()
          await trial.close()
        }
      },
    },
  ]
}
