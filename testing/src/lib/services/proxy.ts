import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './port.ts'
import type { Weather } from './proxy/flow.ts'
import { createLink, type Link } from './proxy/link.ts'

const MAX_TRIES = 20
const TRY_EVERY_MS = 100

/** Where a proxy leads to. */
export type ProxyTarget =
  /** A port of 127.0.0.1. */
  | { readonly port: number; readonly url?: undefined }
  /** A URL with a port. */
  | { readonly url: string; readonly port?: undefined }

/** A way of a connection: what a client sends, what it is sent, or both. */
export type ProxyWay = 'requests' | 'answers' | 'both'

/** A TCP proxy that can be a bad network. It keeps no process alive. */
export interface TcpProxy extends AsyncDisposable {
  /** Its port of 127.0.0.1: always the same one. */
  readonly port: number
  /** The URL of the target, with this proxy's address instead; `tcp:` if that was a port. */
  readonly url: string
  /** How many connections it holds. */
  readonly connections: number
  /** Breaks all connections (both ends see a reset), then refuses new ones, until {@link heal}. Resolves when it does. */
  cut(): Promise<void>
  /** Breaks all connections, and accepts new ones. */
  reset(): void
  /** Accepts connections again, after {@link cut}. */
  heal(): Promise<void>
  /**
   * Lets nothing pass, until {@link thaw}: connections stay open, new ones are accepted and silent, what is sent waits
   * (once buffers are full, the sender does), and no end learns that the other one is gone. With `'answers'`, commands
   * are done and nobody is told. What an end has been handed already stays with it.
   *
   * @param way The way that is shut, instead of any that was before.
   */
  freeze(way?: ProxyWay): void
  /** Lets everything pass again, what has waited first. */
  thaw(): void
  /**
   * Lets everything that is sent from now on arrive later, both ways: a round trip takes twice as much longer. Order is
   * kept. At most 1 MiB is under way at a time, each way of each connection.
   *
   * @param ms Milliseconds; 0 ends it.
   */
  delay(ms: number): void
  /** Breaks all connections and gives up its port. Calling it twice is harmless. */
  close(): Promise<void>
}

/**
 * Puts a proxy before a server, for tests that need a bad network. A server that refuses is seen as a connection that is
 * accepted, then reset.
 *
 * @param target The server. It need not be there yet.
 * @returns The proxy, which accepts connections.
 * @throws {TypeError} If the URL has no port.
 */
export async function createProxy(target: ProxyTarget): Promise<TcpProxy> {
  const address = toAddress(target)
  const links = new Set<Link>()
  let frozen: ProxyWay | undefined
  let lateByMs = 0
  let isCut = false
  let isClosed = false
  let server: Server | undefined
  let settling: Promise<void> = Promise.resolve()

  const port = await listenOnFreePort()
  return {
    port,
    url: toUrl(target, port),
    get connections() {
      return links.size
    },
    cut,
    reset: breakAll,
    async heal() {
      if (isClosed) throw new Error('Cannot heal a proxy that is closed')
      isCut = false
      await settle()
    },
    freeze(way = 'both') {
      frozen = way
      update()
    },
    thaw() {
      frozen = undefined
      update()
    },
    delay(ms) {
      if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY))
        throw new RangeError(`Expected \`ms\` to be a number of at least 0, got ${ms}`)
      lateByMs = ms
    },
    close,
    [Symbol.asyncDispose]: close,
  }

  function close(): Promise<void> {
    isClosed = true
    return cut()
  }

  function cut(): Promise<void> {
    isCut = true
    breakAll()
    return settle()
  }

  function breakAll(): void {
    for (const link of links) link.cut()
    links.clear()
  }

  function update(): void {
    for (const link of links) link.update()
  }

  /** Opens or closes the port, as is wanted by then. One step at a time. */
  function settle(): Promise<void> {
    settling = settling
      .catch(() => {}) // it was told whoever asked for it
      .then(async () => {
        if (!isCut) server ??= await listenAgain(port)
        else if (server) {
          const closed = once(server, 'close')
          server.close()
          server = undefined
          await closed
        }
      })
    return settling
  }

  async function listenOnFreePort(): Promise<number> {
    for (let tries = 1; ; tries++) {
      const free = await freePort()
      try {
        server = await listen(free)
        return free
      } catch (error) {
        if (!isTaken(error) || tries === MAX_TRIES) throw error
      }
    }
  }

  /** Somebody else may hold the port for a moment, such as one that looks for a free one. */
  async function listenAgain(at: number): Promise<Server> {
    for (let tries = 1; ; tries++) {
      try {
        return await listen(at)
      } catch (error) {
        if (!isTaken(error) || tries === MAX_TRIES) throw error
        await sleep(TRY_EVERY_MS)
      }
    }
  }

  async function listen(at: number): Promise<Server> {
    const listening = createServer({ allowHalfOpen: true, pauseOnConnect: true }, accept)
    listening.listen(at, '127.0.0.1')
    await once(listening, 'listening')
    return listening.unref()
  }

  function accept(client: Socket): void {
    if (isCut) {
      client.on('error', () => {})
      client.resetAndDestroy()
      return
    }
    const link: Link = createLink({
      client,
      target: address,
      requests: weather('requests'),
      answers: weather('answers'),
      onClosed: () => links.delete(link),
    })
    links.add(link)
  }

  function weather(way: ProxyWay): Weather {
    return { isFrozen: () => frozen === way || frozen === 'both', delayMs: () => lateByMs }
  }
}

function toAddress({ port, url }: ProxyTarget): { readonly host: string; readonly port: number } {
  if (port !== undefined) return { host: '127.0.0.1', port }
  const { hostname, port: given } = new URL(url)
  // The URL may hold a password, and so is not named.
  if (given === '') throw new TypeError(`Expected \`url\` to have a port, got one of ${hostname || 'no host'} without`)
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(given) }
}

function toUrl({ url }: ProxyTarget, port: number): string {
  if (url === undefined) return `tcp://127.0.0.1:${port}`
  const changed = new URL(url)
  changed.hostname = '127.0.0.1'
  changed.port = String(port)
  return changed.href
}

function isTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
}
