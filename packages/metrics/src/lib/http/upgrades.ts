import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock, HttpExchange } from '@breakwater/core'
import { CLIENT_CLOSED } from './names.ts'

/** Requests that leave HTTP, for a WebSocket or a tunnel. */
export class Upgrades {
  readonly #record: (upgrade: UpgradeEnd) => void
  readonly #clock: Clock
  #underWay: Upgrade | undefined

  /**
   * @param record Told of each, once.
   * @param clock Where time comes from.
   */
  constructor(record: (upgrade: UpgradeEnd) => void, clock: Clock) {
    this.#record = record
    this.#clock = clock
  }

  /** Whether one came in on this turn: some frameworks make a request of it. */
  get isUnderWay(): boolean {
    return this.#underWay !== undefined
  }

  /**
   * One came in.
   *
   * @param request Its head.
   * @param socket The connection, on which nothing was answered so far.
   */
  begin(request: IncomingMessage, socket: Socket): void {
    const upgrade = new Upgrade(request, this.#clock.now())
    this.#underWay = upgrade
    process.nextTick(() => {
      if (this.#underWay === upgrade) this.#underWay = undefined
    })
    watchFirstStatus(socket, (status) => {
      const { method = '' } = request
      this.#record({ method, route: upgrade.exchange?.route, status, ms: this.#clock.now() - upgrade.startedAtMs })
    })
  }

  /**
   * Finds out whether an exchange is the upgrade that came in on this turn. It is not counted then, but names the route.
   *
   * @param exchange The exchange.
   * @returns Something that {@link isClaim} knows.
   */
  claim(exchange: HttpExchange): unknown {
    const upgrade = this.#underWay
    if (upgrade === undefined || upgrade.exchange !== undefined) return undefined
    const { method, url = '' } = upgrade.request
    if (exchange.method !== method || exchange.path !== url.split('?', 1)[0]) return undefined
    upgrade.exchange = exchange
    return upgrade
  }

  /** Whether {@link claim} gave it. */
  isClaim(kept: unknown): boolean {
    return kept instanceof Upgrade
  }
}

/** How an upgrade ended, as far as HTTP goes. */
export interface UpgradeEnd {
  /** As sent. */
  readonly method: string
  /** Pattern of its route, where the framework has routes for upgrades. */
  readonly route: string | undefined
  /** 101, the status of the refusal, or 499 if the connection closed before anything was answered. */
  readonly status: number
  /** Milliseconds until then. */
  readonly ms: number
}

class Upgrade {
  readonly request: IncomingMessage
  readonly startedAtMs: number
  exchange: HttpExchange | undefined = undefined

  constructor(request: IncomingMessage, startedAtMs: number) {
    this.request = request
    this.startedAtMs = startedAtMs
  }
}

const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})/
/** What is answered to a `CONNECT`, or in a language of its own, has no status line that must be there. */
const NO_STATUS_LINE = 200
const STATUS_LINE_LENGTH = 12

/**
 * Tells of the status of what is written first on a connection.
 *
 * @param socket The connection.
 * @param tell Called once.
 */
export function watchFirstStatus(socket: Socket, tell: (status: number) => void): void {
  let isTold = false
  function settle(status: number): void {
    if (isTold) return
    isTold = true
    socket.removeListener('close', onClose)
    for (const restore of restores) restore()
    tell(status)
  }
  const onClose = (): void => settle(CLIENT_CLOSED)
  // Before it is written, as a failing write may close the connection at once.
  const see = ([data]: readonly unknown[]): void => {
    if (data != null && typeof data !== 'function') settle(statusIn(data))
  }
  const restores = [before(socket, 'write', see), before(socket, 'end', see)]
  socket.once('close', onClose)
}

/** Calls something before a method. Whoever wraps it after us still calls us, and finds us inert. */
function before(socket: Socket, name: 'write' | 'end', see: (args: readonly unknown[]) => void): () => void {
  const method = socket[name] as (...args: unknown[]) => unknown
  const seeing = function (this: Socket, ...args: unknown[]): unknown {
    see(args)
    return Reflect.apply(method, this, args)
  }
  Object.assign(socket, { [name]: seeing })
  return () => {
    if (socket[name] === (seeing as unknown)) Object.assign(socket, { [name]: method })
  }
}

function statusIn(data: unknown): number {
  const start =
    typeof data === 'string'
      ? data.slice(0, STATUS_LINE_LENGTH)
      : data instanceof Uint8Array
        ? Buffer.from(data.buffer, data.byteOffset, Math.min(data.byteLength, STATUS_LINE_LENGTH)).toString('latin1')
        : ''
  const status = STATUS_LINE.exec(start)?.[1]
  return status === undefined ? NO_STATUS_LINE : Number(status)
}
