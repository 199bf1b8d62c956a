import cluster from 'node:cluster'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WebSocketServer } from 'ws'
import { type Ports, SLOW_START_MS } from './contract.ts'
import { endWorkers, startWorkers } from './primary.ts'
import { blockFor, createRoutes } from './routes.ts'
import { type CreatedServers, createServers, type ServedServer } from './servers.ts'
import { readSettings } from './settings.ts'
import { tell } from './tell.ts'

/** What a subject stops. */
export interface Served {
  /** Whether this is the primary of a cluster: it has no servers, and its hook passes the signal on to its workers. */
  readonly isPrimary: boolean
  /** Its servers, which do not listen yet. */
  readonly servers: readonly ServedServer[]
  /** The WebSocket server that is behind them. */
  readonly webSockets: WebSocketServer
  /** Milliseconds to go on as before, after the signal. */
  readonly delayMs: number
  /** Resolves once all servers listen. */
  readonly listening: Promise<void>
  /** Lets server-sent events end. To be called when the subject begins to stop, if it has a way to know. */
  drain(): void
  /** What is to be torn down once nothing is served any more, such as a database. May hang, throw or block, as was told. */
  hook(): Promise<void>
}

/**
 * Serves what every subject serves. Subjects differ only in what they give to it.
 *
 * @param attach Puts a way of stopping in place, before anything listens.
 * @param create Makes the servers, where they are not Node's own.
 */
export async function serveSubject(
  attach: (served: Served) => unknown,
  create: (...args: Parameters<typeof createServers>) => CreatedServers | Promise<CreatedServers> = createServers,
): Promise<void> {
  const settings = readSettings(process.env)
  const isPrimary = settings.workers > 0 && cluster.isPrimary
  const draining = new AbortController()
  const routes = createRoutes(draining.signal)
  const { servers, webSockets } = await create(isPrimary ? [] : settings.protocols, routes, settings)
  let listens = (): void => {}
  const listening = new Promise<void>((resolve) => {
    listens = resolve
  })
  await attach({
    isPrimary,
    servers,
    webSockets,
    delayMs: settings.delayMs,
    listening,
    drain: () => draining.abort(),
    async hook() {
      if (isPrimary) return endWorkers()
      tell({ hook: 'began' })
      if (settings.hook === 'throw') throw new Error('The hook was told to throw')
      if (settings.hook === 'block') blockFor(Number.POSITIVE_INFINITY)
      if (settings.hook === 'hang') await new Promise<void>(() => setInterval(() => {}, 60_000))
      tell({ hook: 'ended' })
    },
  })
  tell({ stage: 'loaded' })
  if (settings.isSlow) {
    tell({ stage: 'starting' })
    await sleep(SLOW_START_MS)
  }
  const ports = isPrimary ? await startWorkers(settings.workers) : await listen(servers)
  listens()
  if (cluster.isWorker) process.send?.({ ready: ports })
  else tell({ ready: ports, node: process.version })
}

async function listen(servers: readonly ServedServer[]): Promise<Ports> {
  const ports: Partial<Record<string, number>> = {}
  for (const { protocol, server, listen } of servers) {
    if (listen === undefined) await once(server.listen({ port: 0, host: '127.0.0.1', backlog: 511 }), 'listening')
    else await listen()
    ports[protocol] = (server.address() as AddressInfo).port
  }
  return ports
}
